import type { KernelView } from './kernel-view.ts'
import { bytesPerEntry, type TableFormat } from './page-table-format.ts'
import { type AddressRange, type PhysicalRange, walkPageTables } from './page-table-walk.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { translate } from './translate.ts'

/** The kernel's code: what is executable without a gap around the place where it handles exceptions. */
export interface KernelText {
  readonly range: AddressRange
  /** The physical address of its beginning. */
  readonly physical: number
  /** Where the kernel may write to it: at these addresses, or at others that lead to the same memory. */
  readonly writable: readonly AddressRange[]
}

/** Smallest pages, for kernels of 256 MiB; more is no code. */
const pagesLimit = 65_536

/** The physical memory behind a range, adjacent pieces joined. */
const physicalRanges = (
  format: TableFormat,
  memory: PhysicalMemory,
  { from, to }: AddressRange,
): PhysicalRange[] => {
  const step = bytesPerEntry(format, 1)
  const ranges: PhysicalRange[] = []
  for (let address = from, pages = 0; address < to && pages < pagesLimit; address += BigInt(step), pages++) {
    const physical = translate(format, memory, address)
    if (physical === undefined) continue
    const last = ranges.at(-1)
    if (last?.to === physical) ranges[ranges.length - 1] = { from: last.from, to: physical + step }
    else ranges.push({ from: physical, to: physical + step })
  }
  return ranges
}

/** Undefined where the entry is not executable, which a kernel that is still starting may have. */
export const kernelTextOf = (
  { format }: KernelView,
  memory: PhysicalMemory,
  entry: bigint,
): KernelText | undefined => {
  const { executable } = walkPageTables(format, memory)
  const range = executable.find(({ from, to }) => from <= entry && entry < to)
  const physical = range === undefined ? undefined : translate(format, memory, range.from)
  if (range === undefined || physical === undefined) return undefined
  const { watchedWritable } = walkPageTables(format, memory, physicalRanges(format, memory, range))
  return { range, physical, writable: watchedWritable }
}
