import { DrydockError } from '../../common/errors.ts'
import { entryBytes, type TableEntry, type TableFormat } from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'

/** Some entries of one table. */
export interface EntriesWanted {
  /** Physical address of the table. */
  readonly table: number
  readonly level: number
  readonly first: number
  readonly count: number
}

/** Those of the entries that are in use, with their indexes; undefined where the table is not in RAM. */
export const findEntries = (
  format: TableFormat,
  memory: PhysicalMemory,
  { table, level, first, count }: EntriesWanted,
): [index: number, entry: TableEntry][] | undefined => {
  const bytes = memory.read(table + first * entryBytes, count * entryBytes)
  if (bytes === undefined) return undefined
  const entries: [number, TableEntry][] = []
  for (let index = 0; index < count; index++) {
    const low = bytes.readUInt32LE(index * entryBytes)
    const entry = format.decode(low, bytes.readUInt32LE(index * entryBytes + 4), level)
    if (entry !== undefined) entries.push([first + index, entry])
  }
  return entries
}

/** The same, for a walk that must not leave anything out. */
export const readEntries = (
  format: TableFormat,
  memory: PhysicalMemory,
  wanted: EntriesWanted,
): [index: number, entry: TableEntry][] => {
  const entries = findEntries(format, memory, wanted)
  if (entries !== undefined) return entries
  const where = `0x${wanted.table.toString(16)}`
  throw new DrydockError(
    `expected the guest's page tables in its RAM, found one of level ${wanted.level} at ${where}`,
    { code: 'PAGE_TABLE_OUTSIDE_RAM', blame: 'guest' },
  )
}
