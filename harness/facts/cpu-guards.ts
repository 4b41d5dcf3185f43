import type { Registers } from '../machine/outside/outside.ts'

/** A protection of the processor that a kernel switches on for itself, seen from outside. */
export interface CpuGuard {
  readonly name: string
  /** The register bit that decides it. */
  readonly register: string
  /** Whether the CPU model has it at all. */
  readonly supported: boolean
  readonly enabled: boolean
}

/** Vantage outside: what keeps the kernel from touching or running what it should not. */
export const cpuGuards = (registers: Registers): readonly CpuGuard[] => {
  if (registers.architecture === 'x86_64') {
    const { flags, supported } = registers
    return [
      { name: 'write protection', register: 'CR0.WP', supported: true, enabled: flags.WP },
      { name: 'SMEP', register: 'CR4.SMEP', supported: supported.SMEP, enabled: flags.SMEP },
      { name: 'SMAP', register: 'CR4.SMAP', supported: supported.SMAP, enabled: flags.SMAP },
      { name: 'UMIP', register: 'CR4.UMIP', supported: supported.UMIP, enabled: flags.UMIP },
      { name: 'no-execute pages', register: 'EFER.NXE', supported: supported.NXE, enabled: flags.NXE },
    ]
  }
  const { flags, supported } = registers
  return [
    // SPAN clear: the processor sets PSTATE.PAN on each entry to the kernel.
    { name: 'PAN', register: 'SCTLR_EL1.SPAN (clear)', supported: supported.PAN, enabled: !flags.SPAN },
    {
      name: 'pointer authentication',
      register: 'SCTLR_EL1.EnIA',
      supported: supported.PAC,
      enabled: flags.EnIA,
    },
    {
      name: 'branch target identification',
      register: 'SCTLR_EL1.BT1',
      supported: supported.BTI,
      enabled: flags.BT1,
    },
  ]
}
