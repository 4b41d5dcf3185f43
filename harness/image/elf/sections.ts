import type { ElfBytes } from './bytes.ts'
import { cString, type Fields } from './fields.ts'
import type { ElfHeader } from './header.ts'

/** Kinds of sections that Drydock reads (elf.h, `SHT_*`). */
export const sectionType = { symbolTable: 2, noBits: 8, dynamicSymbols: 11 } as const

/** One section header; offset and size in bytes. */
export interface Section {
  readonly name: string
  readonly type: number
  readonly address: number
  readonly offset: number
  readonly size: number
  /** For symbol tables: the index of the section that has their strings. */
  readonly link: number
}

// One section per function is the most that compilers make; e_shnum counts to 65,279.
const maxSections = 65_535

/**
 * The section headers. They are a hint only (a running program needs none, and `strip` or an attacker may remove
 * them), so damaged ones count as none.
 */
export const readSections = ({ bytes, sections }: ElfHeader): readonly Section[] => {
  const size = bytes.wide ? 64 : 40
  const { count, names, offset } = sections
  if (sections.entrySize !== size || names >= count || count > maxSections) return []
  const table = bytes.piece(offset, count * size)
  if (table === undefined) return []
  const fields = bytes.fields(table)
  const nameTable = rawSection(fields, names * size)
  const nameBytes = bytes.piece(nameTable.offset, nameTable.size)
  if (nameBytes === undefined) return []
  return Array.from({ length: count }, (_, index) => ({
    name: cString(nameBytes, fields.u32(index * size, 'sh_name'), 256),
    ...rawSection(fields, index * size),
  }))
}

const rawSection = (fields: Fields, at: number): Omit<Section, 'name'> => {
  const word = fields.wide ? 8 : 4
  return {
    type: fields.u32(at + 4, 'sh_type'),
    address: fields.word(at + 8 + word, 'sh_addr'),
    offset: fields.word(at + 8 + 2 * word, 'sh_offset'),
    size: fields.word(at + 8 + 3 * word, 'sh_size'),
    link: fields.u32(at + 8 + 4 * word, 'sh_link'),
  }
}

/** The bytes of the first section of that name, or undefined where there is none or its header lies. */
export const sectionBytes = (
  bytes: ElfBytes,
  sections: readonly Section[],
  name: string,
): Buffer | undefined => {
  const section = sections.find((candidate) => candidate.name === name)
  return section === undefined || section.type === sectionType.noBits
    ? undefined
    : bytes.piece(section.offset, section.size)
}
