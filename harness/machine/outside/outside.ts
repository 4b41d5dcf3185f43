import type { GdbClient } from '../gdb/client.ts'
import { type DiskStatistics, readBlockStatistics } from './block-statistics.ts'
import { kernelEntryOf } from './kernel-entry.ts'
import { type KernelText, kernelTextOf } from './kernel-text.ts'
import {
  findKernel,
  formatOf,
  isKernel,
  isUser,
  type KernelView,
  type Registers,
  readAllRegisters,
  seesProcess,
} from './kernel-view.ts'
import type { ObservedMachine } from './observed-machine.ts'
import { countPages } from './page-search.ts'
import type { TableFormat } from './page-table-format.ts'
import { type WalkResult, walkPageTables } from './page-table-walk.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { openMemory } from './process-memory.ts'
import { parseRamLayout, type RamSegment } from './ram-layout.ts'
import { type WaitOptions, whenStopped, whileStopped } from './stopped-machine.ts'

export type { Arm64Flag, Arm64Protection, Arm64Registers } from './arm64-registers.ts'
export type { DiskStatistics } from './block-statistics.ts'
export type { KernelText } from './kernel-text.ts'
export type { Registers } from './kernel-view.ts'
export { type MeltdownView, meltdownOf } from './meltdown.ts'
export type { ObservedMachine } from './observed-machine.ts'
export type { AddressRange } from './page-table-walk.ts'
export type { WaitOptions } from './stopped-machine.ts'
export type { X86Protection, X86Registers } from './x86-registers.ts'

/** All mappings in the kernel's half of its page tables. */
export interface PageTableAudit extends WalkResult {
  readonly levels: number
  readonly pageBytes: number
  /** How long the guest stood still for it. */
  readonly durationMs: number
}

/**
 * What QEMU sees of a guest; nothing here asks the guest. Registers and memory are read while the guest stands still for
 * some milliseconds; methods may be called at the same time, they take turns.
 */
export interface Outside {
  /**
   * The registers of a CPU that is in its kernel: waits until one is. Throws `TIMED_OUT` where none ever is.
   * Flags that the kernel sets once (SMEP, WXN...) are the same at any time; PSTATE.PAN is that of the kernel only here.
   */
  registers(options?: WaitOptions): Promise<Registers>
  /** The registers of every CPU, wherever it is, all of one moment. */
  allRegisters(): Promise<readonly Registers[]>
  /** Waits until a CPU is in its kernel, then walks all tables. A kernel that is still starting has early ones. */
  pageTables(options?: WaitOptions): Promise<PageTableAudit>
  /**
   * The address at which the kernel handles exceptions, which tells where KASLR put the kernel. Undefined while firmware or
   * the decompressor runs, or no CPU is in its kernel right now.
   */
  kernelEntry(): Promise<bigint | undefined>
  /** The same, awaited. @param options.deadlineMs @default 10000 */
  waitForKernelEntry(options?: WaitOptions): Promise<bigint>
  /** The kernel's code and where it can be written to. Waits as `waitForKernelEntry`; of a kernel that has started. */
  kernelText(options?: WaitOptions): Promise<KernelText>
  /** What the kernel has of the memory of the process it last ran: waits for one. */
  userPages(options?: WaitOptions): Promise<PageTableAudit>
  /** What a running program has of the kernel's memory: waits for a CPU in user mode. */
  kernelPagesOfUser(options?: WaitOptions): Promise<PageTableAudit>
  blockStatistics(): Promise<readonly DiskStatistics[]>
  /** How many pages of the guest's memory are equal to this one (`pageBytes` long). */
  pagesLike(page: Buffer): Promise<number>
}

/** Looks at a machine from outside. Cheap; the machine's layout is read at the first look. */
export const outside = (machine: ObservedMachine): Outside => {
  let layout: Promise<readonly RamSegment[]> | undefined
  const ramLayout = (): Promise<readonly RamSegment[]> => {
    layout ??= machine.qmp.human('info mtree -f').then((text) => parseRamLayout(text, machine.architecture))
    return layout
  }

  /** A look at the kernel's memory; undefined where no CPU is in the kernel. */
  const atKernel =
    <Result>(look: (view: KernelView, memory: PhysicalMemory) => Result) =>
    async (gdb: GdbClient): Promise<Result | undefined> => {
      using memory = openMemory(machine, await ramLayout())
      const view = await findKernel(gdb, machine, memory)
      return view === undefined ? undefined : look(view, memory)
    }

  const walk = (format: TableFormat, memory: PhysicalMemory): PageTableAudit => {
    const started = performance.now()
    const result = walkPageTables(format, memory)
    const { levels, pageBytes } = format
    return { levels, pageBytes, ...result, durationMs: performance.now() - started }
  }

  const textOf = (view: KernelView, memory: PhysicalMemory): KernelText | undefined => {
    const entry = kernelEntryOf(view, memory)
    return entry === undefined ? undefined : kernelTextOf(view, memory, entry)
  }

  /** An idle kernel has no user memory, or borrows that of the last process. */
  const userPages = async (gdb: GdbClient): Promise<PageTableAudit | undefined> => {
    using memory = openMemory(machine, await ramLayout())
    for (const registers of await readAllRegisters(gdb, machine)) {
      if (!seesProcess(registers, memory)) continue
      const audit = walk(formatOf(registers, 'user'), memory)
      if (audit.leaves > 0) return audit
    }
    return undefined
  }

  const kernelPagesOfUser = async (gdb: GdbClient): Promise<PageTableAudit | undefined> => {
    const registers = (await readAllRegisters(gdb, machine)).find(isUser)
    if (registers === undefined) return undefined
    using memory = openMemory(machine, await ramLayout())
    return walk(formatOf(registers, 'kernel'), memory)
  }

  return {
    registers: async (options) =>
      await whenStopped(
        machine,
        'a CPU in its kernel',
        async (gdb) => (await readAllRegisters(gdb, machine)).find(isKernel),
        options,
      ),
    allRegisters: async () => await whileStopped(machine, (gdb) => readAllRegisters(gdb, machine)),
    pageTables: async (options) =>
      await whenStopped(
        machine,
        'a CPU on the page tables of its kernel',
        atKernel(({ format }, memory) => walk(format, memory)),
        options,
      ),
    kernelEntry: async () => await whileStopped(machine, atKernel(kernelEntryOf)),
    waitForKernelEntry: async (options) =>
      await whenStopped(
        machine,
        'a kernel with its exception handlers in place',
        atKernel(kernelEntryOf),
        options,
      ),
    kernelText: async (options) =>
      await whenStopped(machine, 'a kernel with its code in place', atKernel(textOf), options),
    userPages: async (options) =>
      await whenStopped(machine, 'a CPU with the memory of a process', userPages, options),
    kernelPagesOfUser: async (options) =>
      await whenStopped(machine, 'a CPU in user mode', kernelPagesOfUser, options),
    pagesLike: async (page) => {
      const segments = await ramLayout()
      return await whileStopped(machine, async () => {
        using memory = openMemory(machine, segments)
        return countPages(memory, segments, page)
      })
    },
    blockStatistics: async () => await readBlockStatistics(machine),
  }
}
