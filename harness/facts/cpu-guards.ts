import type { Registers } from '../machine/outside/outside.ts'

/** A protection of the processor that a kernel switches on for itself, seen from outside. */
export interface CpuGuard {
  readonly name: string
  /** The register bit that decides it. */
  readonly register: string
  /** Whether the CPU model has it at all. */
  readonly supported: boolean
  readonly enabled: boolean
  /** What /proc/cpuinfo says where the kernel uses it; undefined where it does not say. */
  readonly cpuinfo: string | undefined
}

const guard = (
  name: string,
  register: string,
  supported: boolean,
  enabled: boolean,
  cpuinfo?: string,
): CpuGuard => ({ name, register, supported, enabled, cpuinfo })

/** Vantage outside: what keeps the kernel from touching or running what it should not. */
export const cpuGuards = (registers: Registers): readonly CpuGuard[] => {
  if (registers.architecture === 'x86_64') {
    const { flags, supported } = registers
    return [
      guard('write protection', 'CR0.WP', true, flags.WP),
      guard('SMEP', 'CR4.SMEP', supported.SMEP, flags.SMEP, 'smep'),
      guard('SMAP', 'CR4.SMAP', supported.SMAP, flags.SMAP, 'smap'),
      guard('UMIP', 'CR4.UMIP', supported.UMIP, flags.UMIP, 'umip'),
      guard('no-execute pages', 'EFER.NXE', supported.NXE, flags.NXE, 'nx'),
      // How far it goes is in IA32_S_CET, which QEMU's gdb stub does not show.
      guard('control-flow enforcement (CET)', 'CR4.CET', supported.CET, flags.CET),
    ]
  }
  const { flags, supported } = registers
  return [
    // SPAN clear: the processor sets PSTATE.PAN on each entry to the kernel.
    guard('PAN', 'SCTLR_EL1.SPAN (clear)', supported.PAN, !flags.SPAN),
    guard('EPAN', 'SCTLR_EL1.EPAN', supported.EPAN, flags.EPAN),
    guard('pointer authentication', 'SCTLR_EL1.EnIA', supported.PAC, flags.EnIA, 'paca'),
    guard('branch target identification', 'SCTLR_EL1.BT1', supported.BTI, flags.BT1, 'bti'),
  ]
}

/** The features of the first processor in /proc/cpuinfo. */
export const cpuinfoFlags = (text: string): ReadonlySet<string> =>
  new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/))
