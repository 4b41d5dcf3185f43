import type { GdbClient } from '../gdb/client.ts'
import { arm64TableFormat } from './arm64-page-tables.ts'
import { type Arm64Registers, isArm64Kernel, isArm64User, readArm64Registers } from './arm64-registers.ts'
import type { ObservedMachine } from './observed-machine.ts'
import type { Half, TableFormat } from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'
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
 * The first CPU that is in its kernel, on the kernel's own tables; undefined where none is right now. With page-table
 * isolation the first instructions of the kernel still run on user mode's tables, which do not map the per-CPU area (x86_64)
 * and the kernel's stack (arm64): that tells them apart.
 */
export const findKernel = async (
  gdb: GdbClient,
  machine: ObservedMachine,
  memory: PhysicalMemory,
): Promise<KernelView | undefined> => {
  for (const registers of await readAllRegisters(gdb, machine)) {
    if (!isKernel(registers)) continue
    const format = formatOf(registers, 'kernel')
    const own = registers.architecture === 'x86_64' ? registers.gsBase : registers.sp
    if (translate(format, memory, own) !== undefined) return { registers, format }
  }
  return undefined
}
