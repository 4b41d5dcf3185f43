import { type Dynamic, dynamicTag } from './dynamic.ts'
import { cString } from './fields.ts'
import { atAddress, type ElfHeader } from './header.ts'
import { type Sections, sectionType } from './sections.ts'

// Browsers import some thousand; a table that has more is made to cost memory.
const maxImports = 65_536

/** Names that a file takes from libraries. */
export interface Imports {
  /** Those that start with `_`: of compilers and run times, which tell the most. */
  readonly reserved: readonly string[]
  readonly plain: readonly string[]
}

const underscore = 0x5f

/** The undefined symbols of the dynamic symbol table; undefined where there is none, or one that cannot be read. */
export const readImports = (
  header: ElfHeader,
  dynamic: Dynamic | undefined,
  sections: Sections,
): Imports | undefined => {
  const address = dynamic?.values.get(dynamicTag.symbolTable)?.at(-1)
  const place = address === undefined ? undefined : atAddress(header, address)
  if (dynamic === undefined || address === undefined || place === undefined) return undefined
  const { bytes } = header
  const entrySize = bytes.wide ? 24 : 16
  const count =
    beforeExports(header, dynamic) ??
    bySection(sections, address, entrySize) ??
    byHash(header, dynamic) ??
    byOrder(dynamic, address, entrySize)
  const table = bytes.piece(place.offset, Math.min(count * entrySize, place.rest))
  if (table === undefined) return undefined
  const fields = bytes.fields(table)
  const sectionAt = bytes.wide ? 6 : 14
  const { strings } = dynamic
  const reserved: string[] = []
  const plain: string[] = []
  // The first entry is no symbol.
  for (let at = entrySize; at + entrySize <= table.length; at += entrySize) {
    if (reserved.length + plain.length > maxImports) return undefined
    if (fields.u16(at + sectionAt, 'st_shndx') !== 0) continue
    const name = fields.u32(at, 'st_name')
    if (name === 0 || name >= strings.length) continue
    const names = strings[name] === underscore ? reserved : plain
    names.push(cString(strings, name, 256))
  }
  return { reserved, plain }
}

/** DT_GNU_HASH covers exports only and says where they start: all imports come before, but for a table without any. */
const beforeExports = (header: ElfHeader, dynamic: Dynamic): number | undefined => {
  const first = tableWord(header, dynamic, dynamicTag.gnuHash)
  return first !== undefined && first > 1 ? first : undefined
}

const bySection = (sections: Sections, address: number, entrySize: number): number | undefined => {
  const section = sections.ofType(sectionType.dynamicSymbols)
  return section?.address === address ? Math.floor(section.size / entrySize) : undefined
}

/** DT_HASH has a chain entry for each symbol. */
const byHash = (header: ElfHeader, dynamic: Dynamic): number | undefined =>
  tableWord(header, dynamic, dynamicTag.hash)

/** Linkers put the strings behind the symbols. */
const byOrder = ({ values }: Dynamic, address: number, entrySize: number): number =>
  Math.max(0, Math.floor(((values.get(dynamicTag.stringTable)?.at(-1) ?? 0) - address) / entrySize))

/** The second number of a hash table. */
const tableWord = (header: ElfHeader, { values }: Dynamic, tag: number): number | undefined => {
  const place = atAddress(header, values.get(tag)?.at(-1) ?? -1)
  const start = place && header.bytes.piece(place.offset, 8)
  return start && header.bytes.fields(start).u32(4, 'a hash table')
}

/** Whether the full symbol table, which `strip` removes, names something; undefined without that table. */
export const symbolTableNames = (
  { bytes }: ElfHeader,
  sections: Sections,
  name: string,
): boolean | undefined => {
  const table = sections.ofType(sectionType.symbolTable)
  const strings = table === undefined || table.link >= sections.count ? undefined : sections.at(table.link)
  return strings && bytes.piece(strings.offset, strings.size)?.includes(`\0${name}\0`)
}
