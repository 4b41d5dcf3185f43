import { bytesPerEntry, type TableFormat } from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { findEntries } from './table-entries.ts'

/** The physical address behind a virtual one of the kernel's half; undefined where nothing is mapped. */
export const translate = (
  format: TableFormat,
  memory: PhysicalMemory,
  virtual: bigint,
): number | undefined => {
  let offset = virtual - format.base
  if (offset < 0n || offset / BigInt(bytesPerEntry(format, format.levels)) >= format.rootEntries)
    return undefined
  let table = format.root
  for (let level = format.levels; level > 0; level--) {
    const step = BigInt(bytesPerEntry(format, level))
    const first = Number(offset / step) + (level === format.levels ? format.firstRootEntry : 0)
    offset %= step
    const [found] = findEntries(format, memory, { table, level, first, count: 1 }) ?? []
    if (found === undefined) return undefined
    const [, entry] = found
    if (entry.leaf) return entry.address + Number(offset)
    table = entry.address
  }
  return undefined
}
