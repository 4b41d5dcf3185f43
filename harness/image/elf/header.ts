import { damaged } from '../damaged.ts'
import { ElfBytes, type ElfSource } from './bytes.ts'
import type { Fields } from './fields.ts'

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

/** What `e_type` says (elf.h, `ET_*`). */
export const objectType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const

/** Some of the numbers in `e_machine` (elf.h, `EM_*`). */
export const machineType = { i386: 3, x86_64: 62, arm64: 183 } as const

/** One program header; offsets and sizes in bytes. */
export interface Segment {
  readonly type: number
  readonly writable: boolean
  readonly executable: boolean
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly memorySize: number
  readonly alignment: number
}

export interface ElfHeader {
  readonly bytes: ElfBytes
  /** `e_type`, see {@link objectType}. */
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
export const readHeader = (source: ElfSource): ElfHeader => {
  const [elfClass, order] = source.read(4, 2)
  if ((elfClass !== 1 && elfClass !== 2) || (order !== 1 && order !== 2)) {
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected class 1 or 2 and byte order 1 or 2, found class ${elfClass}, byte order ${order}`,
    )
  }
  const wide = elfClass === 2
  const bytes = new ElfBytes(source, wide, order === 1)
  const fields = bytes.fields(bytes.slice(0, wide ? 64 : 52, 'the ELF header'))
  const table = wide ? 54 : 42
  return {
    bytes,
    type: fields.u16(16, 'e_type'),
    machine: fields.u16(18, 'e_machine'),
    segments: readSegments(bytes, {
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
  bytes: ElfBytes,
  table: { offset: number; entrySize: number; count: number },
): Segment[] => {
  if (table.count === 0) return []
  const expected = bytes.wide ? 56 : 32
  if (table.entrySize !== expected || table.count * expected > maxSegmentTableBytes) {
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected program headers of ${expected} bytes, at most ${maxSegmentTableBytes} bytes in all, found ${table.count} of ${table.entrySize} bytes`,
    )
  }
  const fields = bytes.fields(bytes.slice(table.offset, table.count * expected, 'the program headers'))
  return Array.from({ length: table.count }, (_, index) => readSegment(fields, index * expected))
}

const readSegment = (fields: Fields, at: number): Segment => {
  const what = 'a program header'
  const word = fields.wide ? 8 : 4
  const flags = fields.u32(fields.wide ? at + 4 : at + 24, what)
  const first = fields.wide ? at + 8 : at + 4
  return {
    type: fields.u32(at, what),
    writable: (flags & 2) !== 0,
    executable: (flags & 1) !== 0,
    offset: fields.word(first, what),
    address: fields.word(first + word, what),
    fileSize: fields.word(first + 3 * word, what),
    memorySize: fields.word(first + 4 * word, what),
    alignment: fields.word(fields.wide ? at + 48 : at + 28, what),
  }
}

/** Where the file holds what is going to be at an address: its offset, and how many bytes follow in its PT_LOAD. */
export const atAddress = (
  header: ElfHeader,
  address: number,
): { readonly offset: number; readonly rest: number } | undefined => {
  const segment = header.segments.find(
    ({ type, address: start, fileSize }) =>
      type === segmentType.load && address >= start && address < start + fileSize,
  )
  if (segment === undefined) return undefined
  const within = address - segment.address
  return { offset: segment.offset + within, rest: segment.fileSize - within }
}
