import { DrydockError } from '../../common/errors.ts'
import { bytesPerEntry, entryBytes, type TableEntry, type TableFormat } from './page-table-format.ts'
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

/** Entries of one table that follow one another and map adjacent memory with the same rights, or one that is a table. */
export interface EntryRun {
  readonly index: number
  readonly count: number
  /** The first. */
  readonly entry: TableEntry
}

/** The same as `findEntries` in runs, for a walk that must not leave anything out: most of a kernel's memory is few runs. */
export const readRuns = (format: TableFormat, memory: PhysicalMemory, wanted: EntriesWanted): EntryRun[] => {
  const { table, level, first, count } = wanted
  const bytes = memory.read(table + first * entryBytes, count * entryBytes)
  if (bytes === undefined) throw outsideRam(wanted)
  const step = bytesPerEntry(format, level)
  const runs: EntryRun[] = []
  for (let index = 0; index < count; ) {
    const low = bytes.readUInt32LE(index * entryBytes)
    const high = bytes.readUInt32LE(index * entryBytes + 4)
    const entry = format.decode(low, high, level)
    let length = 1
    if (entry?.leaf === true) {
      // A carry into the upper half ends a run, which only makes it two.
      while (
        index + length < count &&
        bytes.readUInt32LE((index + length) * entryBytes) === low + length * step &&
        bytes.readUInt32LE((index + length) * entryBytes + 4) === high
      )
        length++
    }
    if (entry !== undefined) runs.push({ index: first + index, count: length, entry })
    index += length
  }
  return runs
}

const outsideRam = ({ table, level }: EntriesWanted): DrydockError =>
  new DrydockError(
    `expected the guest's page tables in its RAM, found one of level ${level} at 0x${table.toString(16)}`,
    { code: 'PAGE_TABLE_OUTSIDE_RAM', blame: 'guest' },
  )
