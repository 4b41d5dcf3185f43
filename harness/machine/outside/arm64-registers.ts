import type { GdbClient } from '../gdb/client.ts'
import type { Arm64Paging } from './arm64-page-tables.ts'
import { cpuProperties } from './cpu-properties.ts'
import type { ObservedMachine } from './observed-machine.ts'

/** Bits of SCTLR_EL1 (Arm ARM, D19) that protect the kernel or user programs. */
const sctlrBits = {
  M: 0n,
  SA: 3n,
  EnDB: 13n,
  WXN: 19n,
  SPAN: 23n,
  EnDA: 27n,
  EnIB: 30n,
  EnIA: 31n,
  BT0: 35n,
  BT1: 36n,
  ATA0: 42n,
  ATA: 43n,
  EPAN: 57n,
} as const

export type Arm64Flag = keyof typeof sctlrBits
export const arm64Flags = Object.keys(sctlrBits) as readonly Arm64Flag[]

const tagChecks = ['none', 'synchronous', 'asynchronous', 'asymmetric'] as const
export type TagCheck = (typeof tagChecks)[number]

/** Protections of which the CPU model decides whether they exist. */
export type Arm64Protection = 'PAN' | 'EPAN' | 'PAC' | 'BTI' | 'MTE' | 'E0PD'

/** State of one arm64 CPU. System registers are those of EL1; where the kernel runs at EL2 (VHE), those of EL2. */
export interface Arm64Registers {
  readonly architecture: 'arm64'
  /** Index of the CPU. */
  readonly cpu: number
  readonly pc: bigint
  readonly sp: bigint
  readonly pstate: bigint
  /** 0: user mode; 1, or 2 with `hostExtensions`: the kernel. */
  readonly exceptionLevel: number
  /** HCR_EL2.E2H: EL2 runs an operating system. */
  readonly hostExtensions: boolean
  readonly sctlr: bigint
  readonly tcr: bigint
  readonly ttbr0: bigint
  readonly ttbr1: bigint
  readonly vbar: bigint
  readonly mair: bigint
  /** Of SCTLR. The kernel's pointer authentication is EnIA, its branch targets BT1. SPAN *clear* sets PAN on each entry. */
  readonly flags: Readonly<Record<Arm64Flag, boolean>>
  /** Memory tag checks in the kernel (TCF) and in user mode (TCF0). */
  readonly tagChecks: { readonly kernel: TagCheck; readonly user: TagCheck }
  /** PSTATE.PAN; the kernel clears it for moments in which it means to access user memory. */
  readonly pan: boolean
  /** TCR.E0PD1: user mode gets a fault from the kernel's half without a walk. */
  readonly e0pd: boolean
  /** Permission registers, where TCR2.PIE is set. */
  readonly indirection: Arm64Paging['indirection']
  /** What this CPU model has, from its ID registers. */
  readonly supported: Readonly<Record<Arm64Protection, boolean>>
  /** MIDR: who made the CPU, and which it is; 0 where QEMU does not tell. */
  readonly midr: bigint
  /** ID_AA64PFR0.CSV3: the CPU says of itself that it does not have Meltdown. Not every QEMU shows it. */
  readonly meltdownFree: boolean | undefined
}

const bit = (register: bigint, position: bigint): boolean => ((register >> position) & 1n) === 1n
const field = (register: bigint, shift: bigint, bits = 4n): number =>
  Number((register >> shift) & ((1n << bits) - 1n))

/** Names of a system register: QEMU 7.2 drops `_EL1` where the 32-bit register is the same. */
const namesOf = (name: string, suffix: string): [string, ...string[]] =>
  suffix === '_EL1' ? [`${name}_EL1`, name] : [`${name}${suffix}`]

const readSupported = async (gdb: GdbClient): Promise<Record<Arm64Protection, boolean>> => {
  const memory1 = await gdb.require('ID_AA64MMFR1_EL1')
  const memory2 = await gdb.require('ID_AA64MMFR2_EL1')
  const processor1 = await gdb.require('ID_AA64PFR1_EL1')
  const instructions1 = await gdb.require('ID_AA64ISAR1_EL1')
  const instructions2 = (await gdb.read('ID_AA64ISAR2_EL1', 'ID_AA64ISAR2_EL1_RESERVED')) ?? 0n
  const panLevel = field(memory1, 20n)
  return {
    PAN: panLevel >= 1,
    EPAN: panLevel >= 3,
    PAC: field(instructions1, 4n) > 0 || field(instructions1, 8n) > 0 || field(instructions2, 12n) > 0,
    BTI: field(processor1, 0n) >= 1,
    MTE: field(processor1, 8n) >= 2,
    E0PD: field(memory2, 60n) >= 1,
  }
}

const readIndirection = async (gdb: GdbClient, suffix: string): Promise<Arm64Paging['indirection']> => {
  const control = (await gdb.read(`TCR2${suffix}`)) ?? 0n
  if (!bit(control, 1n)) return undefined
  return {
    privileged: await gdb.require(`PIR${suffix}`),
    unprivileged: await gdb.require(`PIRE0${suffix}`),
  }
}

const midrBy = new WeakMap<ObservedMachine['qmp'], Promise<bigint>>()

/** QEMU's gdb stub does not show it. */
const midrOf = (machine: ObservedMachine): Promise<bigint> => {
  const known =
    midrBy.get(machine.qmp) ??
    cpuProperties(machine)
      .then((property) => property('midr'))
      .then((midr) => BigInt(typeof midr === 'number' ? midr : 0))
  midrBy.set(machine.qmp, known)
  return known
}

/** The state of the CPU whose thread is selected. */
export const readArm64Registers = async (
  gdb: GdbClient,
  machine: ObservedMachine,
  cpu: number,
): Promise<Arm64Registers> => {
  const pstate = await gdb.require('cpsr')
  const exceptionLevel = field(pstate, 2n, 2n)
  const hostExtensions = bit((await gdb.read('HCR_EL2')) ?? 0n, 34n)
  const suffix = exceptionLevel === 2 ? '_EL2' : '_EL1'
  const sctlr = await gdb.require(...namesOf('SCTLR', suffix))
  const tcr = await gdb.require(...namesOf('TCR', suffix))
  const features0 = await gdb.read('ID_AA64PFR0_EL1')
  const flags = Object.fromEntries(arm64Flags.map((name) => [name, bit(sctlr, sctlrBits[name])])) as Record<
    Arm64Flag,
    boolean
  >
  return {
    architecture: 'arm64',
    cpu,
    pc: await gdb.require('pc'),
    sp: await gdb.require('sp'),
    pstate,
    exceptionLevel,
    hostExtensions,
    sctlr,
    tcr,
    ttbr0: await gdb.require(...namesOf('TTBR0', suffix)),
    ttbr1: (await gdb.read(...namesOf('TTBR1', suffix))) ?? 0n, // EL2 has none without host extensions
    vbar: await gdb.require(...namesOf('VBAR', suffix)),
    mair: await gdb.require(...namesOf('MAIR', suffix)),
    flags,
    tagChecks: {
      kernel: tagChecks[field(sctlr, 40n, 2n)] ?? 'none',
      user: tagChecks[field(sctlr, 38n, 2n)] ?? 'none',
    },
    pan: bit(pstate, 22n),
    e0pd: bit(tcr, 56n),
    indirection: await readIndirection(gdb, suffix),
    supported: await readSupported(gdb),
    midr: await midrOf(machine),
    meltdownFree: features0 === undefined ? undefined : field(features0, 60n) >= 1,
  }
}

/** Whether the CPU is in the kernel with its MMU on. In user mode VBAR and TTBR1 may be those of a trampoline (KPTI). */
export const isArm64Kernel = ({ exceptionLevel, hostExtensions, flags, pc }: Arm64Registers): boolean =>
  flags.M && pc >> 63n === 1n && (exceptionLevel === 1 || (exceptionLevel === 2 && hostExtensions))

export const isArm64User = ({ exceptionLevel, flags }: Arm64Registers): boolean =>
  flags.M && exceptionLevel === 0
