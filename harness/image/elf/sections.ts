import type { ElfBytes } from './bytes.ts'
import type { Fields } from './fields.ts'
import type { ElfHeader } from './header.ts'

/** Kinds of sections that Drydock reads (elf.h, `SHT_*`). */
export const sectionType = { symbolTable: 2, noBits: 8, dynamicSymbols: 11 } as const

/** One section header; offset and size in bytes. */
export interface Section {
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
 * them), so damaged ones count as none. They are decoded when they are asked for: of some thirty, few matter.
 */
export class Sections {
  readonly #bytes: ElfBytes
  readonly #table: Fields
  readonly #names: Buffer
  readonly #entrySize: number
  readonly count: number

  constructor({ bytes, sections }: ElfHeader) {
    this.#bytes = bytes
    this.#entrySize = bytes.wide ? 64 : 40
    const { count, names, offset, entrySize } = sections
    const isPlausible = entrySize === this.#entrySize && names < count && count <= maxSections
    const table = isPlausible ? bytes.piece(offset, count * entrySize) : undefined
    this.#table = bytes.fields(table ?? nothing)
    const strings = table === undefined ? undefined : this.at(names)
    const nameBytes = strings && bytes.piece(strings.offset, strings.size)
    this.#names = nameBytes ?? nothing
    this.count = nameBytes === undefined ? 0 : count
  }

  /** The section of this index, which must be one. */
  at(index: number): Section {
    const at = index * this.#entrySize
    const word = this.#bytes.wide ? 8 : 4
    return {
      type: this.#table.u32(at + 4, 'sh_type'),
      address: this.#table.word(at + 8 + word, 'sh_addr'),
      offset: this.#table.word(at + 8 + 2 * word, 'sh_offset'),
      size: this.#table.word(at + 8 + 3 * word, 'sh_size'),
      link: this.#table.u32(at + 8 + 4 * word, 'sh_link'),
    }
  }

  /** The first section of that name. */
  named(name: string): Section | undefined {
    // Most files have few of the sections that are asked for, and this is the quickest way to say no.
    if (!this.#names.includes(name, 0, 'latin1')) return undefined
    for (let index = 0; index < this.count; index += 1) {
      const at = this.#table.u32(index * this.#entrySize, 'sh_name')
      if (this.#isName(at, name)) return this.at(index)
    }
    return undefined
  }

  /** The first section of that type. */
  ofType(type: number): Section | undefined {
    for (let index = 0; index < this.count; index += 1) {
      if (this.#table.u32(index * this.#entrySize + 4, 'sh_type') === type) return this.at(index)
    }
    return undefined
  }

  /** The bytes of the first section of that name, or undefined where there is none or its header lies. */
  contentOf(name: string): Buffer | undefined {
    const section = this.named(name)
    return section === undefined || section.type === sectionType.noBits
      ? undefined
      : this.#bytes.piece(section.offset, section.size)
  }

  #isName(at: number, name: string): boolean {
    const end = at + name.length
    if (end >= this.#names.length || this.#names[end] !== 0) return false
    for (let index = 0; index < name.length; index += 1) {
      if (this.#names[at + index] !== name.charCodeAt(index)) return false
    }
    return true
  }
}

const nothing = Buffer.alloc(0)
