import { DrydockError } from '../../common/errors.ts'
import { bytesPerEntry, denies, entriesPerTable, type TableFormat } from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { type EntryRun, readRuns } from './table-entries.ts'

/** Virtual memory from `from` up to, not including, `to`; `size` in bytes. */
export interface AddressRange {
  readonly from: bigint
  readonly to: bigint
  readonly size: number
}

export interface WalkResult {
  /** Entries that map something, of whatever size; a table reached by several ways counts each time. */
  readonly leaves: number
  /** What those entries map, in bytes. */
  readonly bytes: number
  /** Distinct tables read. */
  readonly tables: number
  /** What the kernel may both write and execute. Adjacent mappings are one range. */
  readonly writableExecutable: readonly AddressRange[]
  /** What user mode may execute. */
  readonly userExecutable: readonly AddressRange[]
  /** What user mode may access. */
  readonly userAccessible: readonly AddressRange[]
  /** What user mode may access and the kernel may execute, if it were not for SMEP. */
  readonly userRunByKernel: readonly AddressRange[]
  /** What the kernel may execute. */
  readonly executable: readonly AddressRange[]
  /** Where the kernel may write to the physical memory that was asked about. */
  readonly watchedWritable: readonly AddressRange[]
  /** 4096 ranges of one kind were found, and the rest may be left out. */
  readonly truncated: boolean
}

const tablesLimit = 262_144 // those of half a TiB mapped by pages of 4 KiB
const rangesLimit = 4096
const unit = 4096 // offsets in units of the smallest page are exact in a double, even for 57-bit addresses

interface Span {
  readonly start: number
  readonly length: number
}

/** Physical memory from `from` up to, not including, `to`. */
export interface PhysicalRange {
  readonly from: number
  readonly to: number
}

/** A mapping is of a kind where nothing denies any of these. */
const rights = {
  writableExecutable: denies.write | denies.execute,
  userExecutable: denies.userExecute,
  userAccessible: denies.user,
  userRunByKernel: denies.user | denies.execute,
  executable: denies.execute,
  watchedWritable: denies.write,
} as const
type Kind = keyof typeof rights
const kinds = Object.keys(rights) as readonly Kind[]

/** The kinds for each sum of what is denied, so that no leaf asks again. */
const kindsByDenied = Array.from({ length: 16 }, (_, denied) =>
  kinds.filter((kind) => (denied & rights[kind]) === 0),
)

interface Right {
  /** Sum of `denies` over all levels. */
  readonly denied: number
  readonly start: number
}

interface Summary {
  leaves: number
  bytes: number
  truncated: boolean
  readonly spans: Record<Kind, Span[]>
}

const noSpans = (): Record<Kind, Span[]> => ({
  writableExecutable: [],
  userExecutable: [],
  userAccessible: [],
  userRunByKernel: [],
  executable: [],
  watchedWritable: [],
})

const append = (summary: Summary, kind: Kind, start: number, length: number): void => {
  const spans = summary.spans[kind]
  if (spans.length >= rangesLimit) return
  const last = spans.at(-1)
  if (last !== undefined && last.start + last.length === start)
    spans[spans.length - 1] = { start: last.start, length: last.length + length }
  else spans.push({ start, length })
  if (spans.length >= rangesLimit) summary.truncated = true
}

/**
 * Walks all tables below one half of the root. Each distinct table is read once per level and inherited rights,
 * so tables that are shared (KASAN's shadow) or that point back to themselves cost nothing more.
 * @param watched Physical memory to look for in `watchedWritable`
 */
export const walkPageTables = (
  format: TableFormat,
  memory: PhysicalMemory,
  watched: readonly PhysicalRange[] = [],
): WalkResult => {
  const isWatched = (address: number, size: number): boolean =>
    watched.some(({ from, to }) => address < to && address + size > from)

  const known = new Map<number, Summary>()
  const tables = new Set<number>()

  /** The pieces of a run that are to be told apart: all of it, or where it touches watched memory each entry. */
  const pieces = (address: number, size: number, count: number): readonly (readonly [number, number])[] =>
    watched.length > 0 && isWatched(address, size * count)
      ? Array.from({ length: count }, (_, index) => [index, 1] as const)
      : [[0, count]]

  const addLeaves = (summary: Summary, { entry, count }: EntryRun, level: number, right: Right): void => {
    const size = bytesPerEntry(format, level)
    summary.leaves += count
    summary.bytes += size * count
    const ofKind = kindsByDenied[format.effective(right.denied)] ?? []
    for (const [index, length] of pieces(entry.address, size, count)) {
      for (const kind of ofKind) {
        if (kind !== 'watchedWritable' || isWatched(entry.address + index * size, size * length))
          append(summary, kind, right.start + (index * size) / unit, (length * size) / unit)
      }
    }
  }

  const add = (summary: Summary, run: EntryRun, level: number, inherited: number, start: number): void => {
    const { entry } = run
    const denied = inherited | entry.denied
    if (entry.leaf) {
      addLeaves(summary, run, level, { denied, start })
      return
    }
    const below = summarise(entry.address, level - 1, denied)
    summary.leaves += below.leaves
    summary.bytes += below.bytes
    summary.truncated ||= below.truncated
    for (const kind of kinds) {
      for (const span of below.spans[kind]) {
        append(summary, kind, start + span.start, span.length)
        if (summary.spans[kind].length >= rangesLimit) break
      }
    }
  }

  const walkTable = (
    address: number,
    level: number,
    inherited: number,
    first: number,
    count: number,
  ): Summary => {
    const summary: Summary = { leaves: 0, bytes: 0, truncated: false, spans: noSpans() }
    tables.add(address)
    const step = bytesPerEntry(format, level) / unit
    for (const run of readRuns(format, memory, { table: address, level, first, count }))
      add(summary, run, level, inherited, (run.index - first) * step)
    return summary
  }

  const summarise = (address: number, level: number, inherited: number): Summary => {
    const key = (address / unit) * 128 + level * 16 + inherited
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= tablesLimit)
      throw new DrydockError(`expected at most ${tablesLimit} page tables, found more`, {
        code: 'PAGE_TABLES_TOO_MANY',
        blame: 'guest',
        hint: 'Give the guest less memory.',
      })
    const summary = walkTable(address, level, inherited, 0, entriesPerTable(format))
    known.set(key, summary)
    return summary
  }

  const whole = walkTable(format.root, format.levels, 0, format.firstRootEntry, format.rootEntries)
  const ranges = (kind: Kind): AddressRange[] =>
    whole.spans[kind].map(({ start, length }) => {
      const from = format.base + BigInt(start) * BigInt(unit)
      return { from, to: from + BigInt(length) * BigInt(unit), size: length * unit }
    })
  return {
    leaves: whole.leaves,
    bytes: whole.bytes,
    tables: tables.size,
    writableExecutable: ranges('writableExecutable'),
    userExecutable: ranges('userExecutable'),
    userAccessible: ranges('userAccessible'),
    userRunByKernel: ranges('userRunByKernel'),
    executable: ranges('executable'),
    watchedWritable: ranges('watchedWritable'),
    truncated: whole.truncated,
  }
}
