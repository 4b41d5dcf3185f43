import { DrydockError } from '../../common/errors.ts'
import type { GdbClient } from '../gdb/client.ts'
import { cpuProperties } from './cpu-properties.ts'
import type { ObservedMachine } from './observed-machine.ts'

type ControlRegister = 'cr0' | 'cr4' | 'efer'

/** Where each protection is switched on (Intel SDM volume 3, 2.5), and QEMU's CPU properties that say it exists. */
const protections = {
  WP: { register: 'cr0', bit: 16n, properties: [] },
  UMIP: { register: 'cr4', bit: 11n, properties: ['umip'] },
  LA57: { register: 'cr4', bit: 12n, properties: ['la57'] },
  SMEP: { register: 'cr4', bit: 20n, properties: ['smep'] },
  SMAP: { register: 'cr4', bit: 21n, properties: ['smap'] },
  PKE: { register: 'cr4', bit: 22n, properties: ['pku'] },
  CET: { register: 'cr4', bit: 23n, properties: ['shstk', 'ibt'] },
  FRED: { register: 'cr4', bit: 32n, properties: ['fred'] },
  NXE: { register: 'efer', bit: 11n, properties: ['nx'] },
} as const satisfies Record<string, { register: ControlRegister; bit: bigint; properties: readonly string[] }>

export type X86Protection = keyof typeof protections
export const x86Protections = Object.keys(protections) as readonly X86Protection[]

/** State of one x86_64 CPU. */
export interface X86Registers {
  readonly architecture: 'x86_64'
  /** Index of the CPU. */
  readonly cpu: number
  readonly cr0: bigint
  readonly cr3: bigint
  readonly cr4: bigint
  readonly efer: bigint
  readonly rip: bigint
  /** 0: the kernel; 3: user mode. */
  readonly privilegeLevel: number
  readonly idtBase: bigint
  /** Bytes of the interrupt descriptor table, less one. */
  readonly idtLimit: number
  readonly flags: Readonly<Record<X86Protection, boolean>>
  /** What the running CPU model can do: a protection that it lacks cannot be asked of the guest. */
  readonly supported: Readonly<Record<X86Protection, boolean>>
  /** Who is said to have made the CPU, such as `GenuineIntel`. */
  readonly vendor: string
  /** IA32_ARCH_CAPABILITIES.RDCL_NO: the CPU says of itself that it does not have Meltdown. */
  readonly meltdownFree: boolean
}

const mapProtections = <Value>(
  of: (protection: (typeof protections)[X86Protection]) => Value,
): Record<X86Protection, Value> =>
  Object.fromEntries(x86Protections.map((name) => [name, of(protections[name])])) as Record<
    X86Protection,
    Value
  >

/** Reads `IDT=     fffffe0000000000 00000fff` of HMP `info registers`; gdb's stub does not know the IDT. */
export const parseIdt = (text: string): { readonly base: bigint; readonly limit: number } => {
  const [, base, limit] = /^IDT=\s+([0-9a-f]{8,16})\s+([0-9a-f]{8})\s*$/m.exec(text) ?? []
  if (base === undefined || limit === undefined)
    throw new DrydockError("expected a line 'IDT= BASE LIMIT' in HMP 'info registers', found none", {
      code: 'IDT_UNKNOWN',
      blame: 'testbed',
    })
  return { base: BigInt(`0x${base}`), limit: Number.parseInt(limit, 16) }
}

/** What does not change while the machine runs. */
type Model = Pick<X86Registers, 'supported' | 'vendor' | 'meltdownFree'>
const modelBy = new WeakMap<ObservedMachine['qmp'], Promise<Model>>()

const modelOf = (machine: ObservedMachine): Promise<Model> => {
  const known = modelBy.get(machine.qmp) ?? readModel(machine)
  modelBy.set(machine.qmp, known)
  return known
}

const readModel = async (machine: ObservedMachine): Promise<Model> => {
  const property = await cpuProperties(machine)
  const supported = mapProtections(() => true)
  for (const name of x86Protections) {
    const found = await Promise.all(protections[name].properties.map(property))
    supported[name] = found.length === 0 || found.includes(true)
  }
  return {
    supported,
    vendor: String((await property('vendor')) ?? ''),
    meltdownFree: (await property('rdctl-no')) === true,
  }
}

/** The state of the CPU whose thread is selected. */
export const readX86Registers = async (
  gdb: GdbClient,
  machine: ObservedMachine,
  cpu: number,
): Promise<X86Registers> => {
  const idt = parseIdt(
    await machine.qmp.execute('human-monitor-command', {
      'command-line': 'info registers',
      'cpu-index': cpu,
    }),
  )
  const control = {
    cr0: await gdb.require('cr0'),
    cr4: await gdb.require('cr4'),
    efer: await gdb.require('efer'),
  }
  return {
    architecture: 'x86_64',
    cpu,
    ...control,
    cr3: await gdb.require('cr3'),
    rip: await gdb.require('rip'),
    privilegeLevel: Number((await gdb.require('cs')) & 3n),
    idtBase: idt.base,
    idtLimit: idt.limit,
    flags: mapProtections(({ register, bit }) => ((control[register] >> bit) & 1n) === 1n),
    ...(await modelOf(machine)),
  }
}

const pagingOn = 1n << 31n
const longModeActive = 1n << 10n

/** Whether the CPU is in the kernel, in 64-bit mode; firmware and the decompressor run at low addresses. */
export const isX86Kernel = ({ cr0, efer, rip, privilegeLevel }: X86Registers): boolean =>
  privilegeLevel === 0 && rip >> 63n === 1n && (cr0 & pagingOn) !== 0n && (efer & longModeActive) !== 0n

export const isX86User = ({ cr0, efer, privilegeLevel }: X86Registers): boolean =>
  privilegeLevel === 3 && (cr0 & pagingOn) !== 0n && (efer & longModeActive) !== 0n
