import type { GdbClient } from '../gdb/client.ts'
import { arm64TableFormat } from './arm64-page-tables.ts'
import { type Arm64Registers, isArm64Kernel, isArm64User, readArm64Registers } from './arm64-registers.ts'
import type { ObservedMachine } from './observed-machine.ts'
import type { Half, TableFormat } from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { findEntries } from './table-entries.ts'
import { translate } from './translate.ts'
import { x86TableFormat } from './x86-page-tables.ts'
import { isX86Kernel, isX86User, readX86Registers, type X86Registers } from './x86-registers.ts'

export type Registers = X86Registers | Arm64Registers

/** The state of each CPU, in order, all of one moment. */
export const readAllRegisters = async (gdb: GdbClient, machine: ObservedMachine): Promise<Registers[]> => {
  const all: Registers[] = []
  for (const [cpu, thread] of (await gdb.threads()).entries()) {
    await gdb.selectThread(thread)
    all.push(
      machine.architecture === 'x86_64'
        ? await readX86Registers(gdb, machine, cpu)
        : await readArm64Registers(gdb, machine, cpu),
    )
  }
  return all
}

export const isKernel = (registers: Registers): boolean =>
  registers.architecture === 'x86_64' ? isX86Kernel(registers) : isArm64Kernel(registers)

/** Whether the CPU runs a program, on the tables that programs are left with. */
export const isUser = (registers: Registers): boolean =>
  registers.architecture === 'x86_64' ? isX86User(registers) : isArm64User(registers)

/** One half of the page tables that a CPU uses right now. */
export const formatOf = (registers: Registers, half: Half): TableFormat =>
  registers.architecture === 'x86_64'
    ? x86TableFormat(
        {
          cr3: registers.cr3,
          fiveLevels: registers.flags.LA57,
          noExecute: registers.flags.NXE,
        },
        half,
      )
    : arm64TableFormat(
        {
          tcr: registers.tcr,
          ttbr0: registers.ttbr0,
          ttbr1: registers.ttbr1,
          writeImpliesNoExecute: registers.flags.WXN,
          indirection: registers.indirection,
        },
        half,
      )

/** A CPU in its kernel, and the page tables that the kernel uses there. */
export interface KernelView {
  readonly registers: Registers
  readonly format: TableFormat
}

/**
 * Entries of the root behind which x86_64 has its map of all memory, its heap and its page descriptors
 * (Documentation/arch/x86/x86_64/mm.rst; the same for 4 and 5 levels).
 */
const x86Memory = { first: 273, last: 507 } as const

/**
 * Whether a CPU in its kernel is on the kernel's own tables. With page-table isolation the first instructions of the kernel
 * still run on user mode's tables, which lack the map of all memory (x86_64) and the kernel's stack (arm64).
 */
export const hasOwnTables = (registers: Registers, format: TableFormat, memory: PhysicalMemory): boolean => {
  if (registers.architecture === 'arm64') return translate(format, memory, registers.sp) !== undefined
  const { first, last } = x86Memory
  const wanted = { table: format.root, level: format.levels, first, count: last - first + 1 }
  return (findEntries(format, memory, wanted) ?? []).length > 0
}

/**
 * Whether the CPU has the memory of a process mapped as its kernel has it. On arm64 user mode has the same tables for it;
 * on x86_64 with page-table isolation it has tables of its own.
 */
export const seesProcess = (registers: Registers, memory: PhysicalMemory): boolean =>
  isKernel(registers)
    ? hasOwnTables(registers, formatOf(registers, 'kernel'), memory)
    : registers.architecture === 'arm64' && isUser(registers)

/** The first CPU that is in its kernel, on the kernel's own tables; undefined where none is right now. */
export const findKernel = async (
  gdb: GdbClient,
  machine: ObservedMachine,
  memory: PhysicalMemory,
): Promise<KernelView | undefined> => {
  for (const registers of await readAllRegisters(gdb, machine)) {
    if (!isKernel(registers)) continue
    const format = formatOf(registers, 'kernel')
    if (hasOwnTables(registers, format, memory)) return { registers, format }
  }
  return undefined
}
