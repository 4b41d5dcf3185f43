import { damaged } from '../damaged.ts'
import { Fields } from './fields.ts'

/** Kinds of program headers that Drydock reads (elf.h, `PT_*`). */
export const segmentType = {
  load: 1,
  dynamic: 2,
  interpreter: 3,
  note: 4,
  gnuStack: 0x6474e551,
  gnuRelro: 0x6474e552,
  gnuProperty: 0x6474e553,
} as const

/** One program header; offsets and sizes in bytes. */
export interface Segment {
  readonly type: number
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly alignment: number
}

export interface ElfHeader {
  readonly fields: Fields
  /** `e_type`: 1 relocatable, 2 executable, 3 shared object or PIE, 4 core. */
  readonly type: number
  /** `e_machine`. */
  readonly machine: number
  readonly segments: readonly Segment[]
  /** Where the section headers are; not checked, since a running program needs none. */
  readonly sections: { offset: number; entrySize: number; count: number; names: number }
}

// The kernel refuses larger program header tables (fs/binfmt_elf.c, load_elf_phdrs).
const maxSegmentTableBytes = 65_536

/** Whether the bytes claim to be ELF. */
export const isElf = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.readUInt32BE(0) === 0x7f454c46

/** @throws `ELF_DAMAGED` */
export const readHeader = (bytes: Buffer): ElfHeader => {
  const [elfClass, order] = [bytes[4], bytes[5]]
  if ((elfClass !== 1 && elfClass !== 2) || (order !== 1 && order !== 2)) {
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected class 1 or 2 and byte order 1 or 2, found class ${elfClass}, byte order ${order}`,
    )
  }
  const wide = elfClass === 2
  const fields = new Fields(bytes, wide, order === 1)
  fields.slice(0, wide ? 64 : 52, 'the ELF header')
  const table = wide ? 54 : 42
  return {
    fields,
    type: fields.u16(16, 'e_type'),
    machine: fields.u16(18, 'e_machine'),
    segments: readSegments(fields, {
      offset: fields.word(wide ? 32 : 28, 'e_phoff'),
      entrySize: fields.u16(table, 'e_phentsize'),
      count: fields.u16(table + 2, 'e_phnum'),
    }),
    sections: {
      offset: fields.word(wide ? 40 : 32, 'e_shoff'),
      entrySize: fields.u16(table + 4, 'e_shentsize'),
      count: fields.u16(table + 6, 'e_shnum'),
      names: fields.u16(table + 8, 'e_shstrndx'),
    },
  }
}

const readSegments = (
  fields: Fields,
  table: { offset: number; entrySize: number; count: number },
): Segment[] => {
  if (table.count === 0) return []
  const expected = fields.wide ? 56 : 32
  if (table.entrySize !== expected || table.count * expected > maxSegmentTableBytes) {
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected program headers of ${expected} bytes, at most ${maxSegmentTableBytes} bytes in all, found ${table.count} of ${table.entrySize} bytes`,
    )
  }
  return Array.from({ length: table.count }, (_, index) =>
    readSegment(fields, table.offset + index * expected, `program header ${index}`),
  )
}

const readSegment = (fields: Fields, at: number, what: string): Segment => {
  const word = fields.wide ? 8 : 4
  const flags = fields.u32(fields.wide ? at + 4 : at + 24, what)
  const first = fields.wide ? at + 8 : at + 4
  return {
    type: fields.u32(at, what),
    readable: (flags & 4) !== 0,
    writable: (flags & 2) !== 0,
    executable: (flags & 1) !== 0,
    offset: fields.word(first, what),
    address: fields.word(first + word, what),
    fileSize: fields.word(first + 3 * word, what),
    alignment: fields.word(fields.wide ? at + 48 : at + 28, what),
  }
}
