import { DrydockError } from '../../common/errors.ts'
import {
  bytesPerEntry,
  denies,
  entriesPerTable,
  type TableEntry,
  type TableFormat,
} from './page-table-format.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { readEntries } from './table-entries.ts'

/** Virtual memory from `from` up to, not including, `to`; `size` in bytes. */
export interface AddressRange {
  readonly from: bigint
  readonly to: bigint
  readonly size: number
}

export interface WalkResult {
  /** Entries that map something, of whatever size; a table reached by several ways counts each time. */
  readonly leaves: number
  /** Distinct tables read. */
  readonly tables: number
  /** What the kernel may both write and execute. Adjacent mappings are one range. */
  readonly writableExecutable: readonly AddressRange[]
  /** What user mode may execute in the kernel's half. */
  readonly userExecutable: readonly AddressRange[]
  /** What user mode may access in the kernel's half. */
  readonly userAccessible: readonly AddressRange[]
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

const kinds = ['writableExecutable', 'userExecutable', 'userAccessible'] as const
type Kind = (typeof kinds)[number]

interface Summary {
  leaves: number
  truncated: boolean
  readonly spans: Record<Kind, Span[]>
}

const noSpans = (): Record<Kind, Span[]> => ({
  writableExecutable: [],
  userExecutable: [],
  userAccessible: [],
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

const kindsOf = (denied: number): Kind[] => [
  ...((denied & (denies.write | denies.execute)) === 0 ? (['writableExecutable'] as const) : []),
  ...((denied & denies.userExecute) === 0 ? (['userExecutable'] as const) : []),
  ...((denied & denies.user) === 0 ? (['userAccessible'] as const) : []),
]

/**
 * Walks all tables below the kernel's half of the root. Each distinct table is read once per level and inherited rights,
 * so tables that are shared (KASAN's shadow) or that point back to themselves cost nothing more.
 */
export const walkPageTables = (format: TableFormat, memory: PhysicalMemory): WalkResult => {
  const known = new Map<number, Summary>()
  const tables = new Set<number>()

  const add = (
    summary: Summary,
    entry: TableEntry,
    level: number,
    inherited: number,
    start: number,
  ): void => {
    const denied = inherited | entry.denied
    if (entry.leaf) {
      summary.leaves++
      const length = bytesPerEntry(format, level) / unit
      for (const kind of kindsOf(format.effective(denied))) append(summary, kind, start, length)
      return
    }
    const below = summarise(entry.address, level - 1, denied)
    summary.leaves += below.leaves
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
    const summary: Summary = { leaves: 0, truncated: false, spans: noSpans() }
    tables.add(address)
    const step = bytesPerEntry(format, level) / unit
    for (const [index, entry] of readEntries(format, memory, { table: address, level, first, count }))
      add(summary, entry, level, inherited, (index - first) * step)
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
    tables: tables.size,
    writableExecutable: ranges('writableExecutable'),
    userExecutable: ranges('userExecutable'),
    userAccessible: ranges('userAccessible'),
    truncated: whole.truncated,
  }
}
