/**
 * What a mapping or a table above it takes away. Bits, because they add up from the root to the page:
 * a right is there only where no level denies it.
 */
export const denies = {
  /** Writing by the kernel. */
  write: 1,
  /** Executing by the kernel. */
  execute: 2,
  /** Any access by user mode. */
  user: 4,
  /** Executing by user mode. */
  userExecute: 8,
} as const

/** One entry of a table that is in use: the page, or the next table, at a physical address. */
export interface TableEntry {
  readonly leaf: boolean
  readonly address: number
  /** Sum of `denies`. */
  readonly denied: number
}

/** How one set of page tables is built. Levels count from 1, the one whose entries map single pages. */
export interface TableFormat {
  readonly pageBytes: number
  readonly levels: number
  /** Physical address of the root table. */
  readonly root: number
  /** The half of the root table: its first entry, how many, and the virtual address where it begins. */
  readonly firstRootEntry: number
  readonly rootEntries: number
  readonly base: bigint
  /** Undefined for an entry that maps nothing. `low` and `high` are its 32-bit halves. */
  decode(low: number, high: number, level: number): TableEntry | undefined
  /** What is denied in the end, given the sum over all levels. */
  effective(denied: number): number
}

/** Which addresses: the kernel's, at the end, or those of a process, at the beginning. */
export type Half = 'kernel' | 'user'

export const entryBytes = 8

/** Entries of a table that is not the root. */
export const entriesPerTable = (format: TableFormat): number => format.pageBytes / entryBytes

/** Bytes of virtual memory behind one entry; exact, as it is a power of two. */
export const bytesPerEntry = (format: TableFormat, level: number): number =>
  format.pageBytes * entriesPerTable(format) ** (level - 1)
