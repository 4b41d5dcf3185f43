import { damaged } from '../damaged.ts'
import { cString } from './fields.ts'
import { atAddress, type ElfHeader, type Segment, segmentType } from './header.ts'

/** What the dynamic section asks of the loader (elf.h, `DT_*`, `DF_*`). */
export interface Dynamic {
  /** All values by tag, in order. */
  readonly values: ReadonlyMap<number, readonly number[]>
  /** The string table that DT_STRTAB points to. */
  readonly strings: Buffer
  readonly needed: readonly string[]
  readonly soname: string | undefined
  /** Search paths in order; DT_RPATH and DT_RUNPATH are lists separated by colons. */
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  /** DF_BIND_NOW, DF_1_NOW or DT_BIND_NOW. */
  readonly bindNow: boolean
  /** DT_TEXTREL or DF_TEXTREL. */
  readonly textrel: boolean
  /** DF_1_PIE. */
  readonly pie: boolean
}

export const dynamicTag = {
  needed: 1,
  hash: 4,
  stringTable: 5,
  symbolTable: 6,
  stringTableSize: 10,
  soname: 14,
  rpath: 15,
  textrel: 22,
  bindNow: 24,
  runpath: 29,
  flags: 30,
  gnuHash: 0x6ffffef5,
  flags1: 0x6ffffffb,
} as const

const tag = dynamicTag

// The largest dynamic sections of real programs have some hundred entries (one DT_NEEDED per library).
const maxEntries = 8192

/** Undefined where the file has no dynamic section. @throws `ELF_DAMAGED` */
export const readDynamic = (header: ElfHeader): Dynamic | undefined => {
  const segment = header.segments.find(({ type }) => type === segmentType.dynamic)
  if (segment === undefined) return undefined
  const values = readEntries(header, segment)
  const strings = stringTable(header, values)
  const texts = (wanted: number): string[] =>
    (values.get(wanted) ?? []).map((offset) => {
      if (offset >= strings.length) {
        throw damaged(
          'ELF_DAMAGED',
          `damaged ELF file: expected a string at ${offset} of its dynamic string table, found ${strings.length} bytes`,
        )
      }
      return cString(strings, offset)
    })
  const paths = (wanted: number): string[] => texts(wanted).flatMap((list) => list.split(':'))
  const flags = values.get(tag.flags)?.at(-1) ?? 0
  const flags1 = values.get(tag.flags1)?.at(-1) ?? 0
  return {
    values,
    strings,
    needed: texts(tag.needed),
    soname: texts(tag.soname).at(-1),
    rpath: paths(tag.rpath),
    runpath: paths(tag.runpath),
    bindNow: values.has(tag.bindNow) || (flags & 8) !== 0 || (flags1 & 1) !== 0,
    textrel: values.has(tag.textrel) || (flags & 4) !== 0,
    pie: (flags1 & 0x0800_0000) !== 0,
  }
}

const readEntries = ({ bytes }: ElfHeader, segment: Segment): Map<number, number[]> => {
  const fields = bytes.fields(bytes.slice(segment.offset, segment.fileSize, 'the dynamic section'))
  const word = fields.wide ? 8 : 4
  const values = new Map<number, number[]>()
  const count = Math.floor(fields.bytes.length / (2 * word))
  for (let index = 0; index < count; index += 1) {
    const key = fields.word(index * 2 * word, 'a dynamic entry')
    if (key === 0) break
    if (index >= maxEntries) {
      throw damaged(
        'ELF_DAMAGED',
        `damaged ELF file: expected at most ${maxEntries} dynamic entries, found more`,
      )
    }
    const value = fields.word(index * 2 * word + word, 'a dynamic entry')
    const list = values.get(key)
    if (list === undefined) values.set(key, [value])
    else list.push(value)
  }
  return values
}

/** DT_STRTAB is an address: the PT_LOAD that maps it says where in the file its bytes are. */
const stringTable = (header: ElfHeader, values: ReadonlyMap<number, readonly number[]>): Buffer => {
  const address = values.get(tag.stringTable)?.at(-1)
  if (address === undefined) return Buffer.alloc(0)
  const place = atAddress(header, address)
  if (place === undefined) {
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected its dynamic string table at address 0x${address.toString(16)}, found no PT_LOAD that maps it`,
    )
  }
  const size = Math.min(values.get(tag.stringTableSize)?.at(-1) ?? place.rest, place.rest)
  return header.bytes.slice(place.offset, size, 'the dynamic string table')
}
