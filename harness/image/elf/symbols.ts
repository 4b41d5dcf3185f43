import { type Dynamic, dynamicTag } from './dynamic.ts'
import { cString } from './fields.ts'
import { atAddress, type ElfHeader } from './header.ts'
import { type Section, sectionType } from './sections.ts'

// Browsers import some thousand; a table that has more is made to cost memory.
const maxImports = 65_536

/**
 * Names that the file takes from libraries: the undefined symbols of its dynamic symbol table. Undefined where there
 * is no table, or one that cannot be read.
 */
export const readImports = (
  header: ElfHeader,
  dynamic: Dynamic | undefined,
  sections: readonly Section[],
): readonly string[] | undefined => {
  const address = dynamic?.values.get(dynamicTag.symbolTable)?.at(-1)
  const place = address === undefined ? undefined : atAddress(header, address)
  if (dynamic === undefined || address === undefined || place === undefined) return undefined
  const { bytes } = header
  const entrySize = bytes.wide ? 24 : 16
  const count = importBound(header, dynamic, sections) ?? tableBound(dynamic, address, sections, entrySize)
  const table = bytes.piece(place.offset, Math.min(count * entrySize, place.rest))
  if (table === undefined) return undefined
  const fields = bytes.fields(table)
  const sectionAt = bytes.wide ? 6 : 14
  const names: string[] = []
  // The first entry is no symbol.
  for (let at = entrySize; at + entrySize <= table.length; at += entrySize) {
    if (names.length > maxImports) return undefined
    if (fields.u16(at + sectionAt, 'st_shndx') !== 0) continue
    const name = fields.u32(at, 'st_name')
    if (name !== 0 && name < dynamic.strings.length) names.push(cString(dynamic.strings, name, 256))
  }
  return names
}

/** DT_GNU_HASH covers exports only and says where they start: all imports come before, but for a table without any. */
const importBound = (
  header: ElfHeader,
  dynamic: Dynamic,
  sections: readonly Section[],
): number | undefined => {
  const { bytes } = header
  const gnu = atAddress(header, dynamic.values.get(dynamicTag.gnuHash)?.at(-1) ?? -1)
  const start = gnu && bytes.piece(gnu.offset, 8)
  const first = start === undefined ? 0 : bytes.fields(start).u32(4, 'symoffset')
  if (first > 1) return first
  if (sections.length > 0) return undefined
  const hash = atAddress(header, dynamic.values.get(dynamicTag.hash)?.at(-1) ?? -1)
  const counts = hash && bytes.piece(hash.offset, 8)
  return counts === undefined ? undefined : bytes.fields(counts).u32(4, 'nchain')
}

/** Without a hash table: the section header, or that linkers put the strings behind the symbols. */
const tableBound = (
  dynamic: Dynamic,
  address: number,
  sections: readonly Section[],
  entrySize: number,
): number => {
  const section = sections.find(
    ({ type, address: start }) => type === sectionType.dynamicSymbols && start === address,
  )
  const strings = dynamic.values.get(dynamicTag.stringTable)?.at(-1) ?? 0
  return Math.max(0, Math.floor((section?.size ?? strings - address) / entrySize))
}

/** Whether the full symbol table, which `strip` removes, names something; undefined without that table. */
export const symbolTableNames = (
  { bytes }: ElfHeader,
  sections: readonly Section[],
  name: string,
): boolean | undefined => {
  const table = sections.find(({ type }) => type === sectionType.symbolTable)
  const strings = table && sections[table.link]
  return strings && bytes.piece(strings.offset, strings.size)?.includes(`\0${name}\0`)
}
