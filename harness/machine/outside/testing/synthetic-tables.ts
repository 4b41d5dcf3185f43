import fc from 'fast-check'
import { bytesPerEntry, entriesPerTable, entryBytes, type TableFormat } from '../page-table-format.ts'
import type { PhysicalMemory } from '../physical-memory.ts'

/** For tests: what an entry grants, before anything above it takes it away. */
export interface Rights {
  readonly write: boolean
  readonly execute: boolean
  readonly user: boolean
  readonly userExecute: boolean
}

/** For tests: a page or a table, at an index of the table above. */
export interface Node {
  readonly index: number
  readonly rights: Rights
  /** Undefined for a page. */
  readonly children: readonly Node[] | undefined
}

/** For tests: writes one entry as the architecture encodes it. */
export type EncodeEntry = (node: Node, address: number, level: number) => bigint

/** Physical memory that exists page by page. */
export class SyntheticMemory implements PhysicalMemory {
  readonly #pages = new Map<number, Buffer>()
  readonly #pageBytes: number

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes
  }

  page(address: number): Buffer {
    const known = this.#pages.get(address) ?? Buffer.alloc(this.#pageBytes)
    this.#pages.set(address, known)
    return known
  }

  read(address: number, length: number): Buffer | undefined {
    const offset = address % this.#pageBytes
    return offset + length > this.#pageBytes
      ? undefined
      : this.#pages.get(address - offset)?.subarray(offset, offset + length)
  }
}

export interface Leaf {
  readonly virtual: bigint
  readonly physical: number
  readonly size: number
  readonly rights: Rights
}

const both = (above: Rights, own: Rights): Rights => ({
  write: above.write && own.write,
  execute: above.execute && own.execute,
  user: above.user && own.user,
  userExecute: above.userExecute && own.userExecute,
})

const everything: Rights = { write: true, execute: true, user: true, userExecute: true }

/** Writes the tables into memory; gives the pages that they map, with the rights that are left. */
export const buildTables = (
  format: TableFormat,
  nodes: readonly Node[],
  encode: EncodeEntry,
): { memory: SyntheticMemory; leaves: Leaf[] } => {
  const memory = new SyntheticMemory(format.pageBytes)
  const leaves: Leaf[] = []
  let nextTable = format.root + format.pageBytes
  let nextPhysical = 2 ** 42

  const fill = (
    table: number,
    level: number,
    first: number,
    at: bigint,
    above: Rights,
    children: readonly Node[],
  ) => {
    const page = memory.page(table)
    for (const node of children) {
      const size = bytesPerEntry(format, level)
      const virtual = at + BigInt(node.index) * BigInt(size)
      const rights = both(above, node.rights)
      let address: number
      if (node.children === undefined) {
        nextPhysical += size - (nextPhysical % size)
        address = nextPhysical
        nextPhysical += size
        leaves.push({ virtual, physical: address, size, rights })
      } else {
        address = nextTable
        nextTable += format.pageBytes
        fill(address, level - 1, 0, virtual, rights, node.children)
      }
      page.writeBigUInt64LE(encode(node, address, level), (first + node.index) * entryBytes)
    }
  }
  fill(format.root, format.levels, format.firstRootEntry, format.base, everything, nodes)
  return { memory, leaves }
}

const rights: fc.Arbitrary<Rights> = fc.record({
  write: fc.boolean(),
  execute: fc.boolean(),
  user: fc.boolean(),
  userExecute: fc.boolean(),
})

/** Rights as tables have them in practice: mostly all, so that something is left below. */
const tableRights = fc.oneof({ weight: 3, arbitrary: fc.constant(everything) }, rights)

/** Trees of tables for a format; `highestBlock` is the highest level that may map memory itself. */
export const tableTrees = (format: TableFormat, highestBlock: number): fc.Arbitrary<Node[]> => {
  const nodesOf = (level: number): fc.Arbitrary<Node[]> => {
    const count = level === format.levels ? format.rootEntries : entriesPerTable(format)
    // Few indexes close together, so that ranges that touch are common; and the ends of the table.
    const index = fc.oneof(fc.integer({ min: 0, max: Math.min(4, count - 1) }), fc.constant(count - 1))
    const leaf = fc.record({ index, rights, children: fc.constant(undefined) })
    const table = fc.record({
      index,
      rights: tableRights,
      children: level === 1 ? fc.constant([]) : nodesOf(level - 1),
    })
    const node: fc.Arbitrary<Node> =
      level === 1 ? leaf : level <= highestBlock ? fc.oneof(leaf, table) : table
    return fc.uniqueArray(node, { selector: (entry) => entry.index, maxLength: 4 })
  }
  return nodesOf(format.levels)
}
