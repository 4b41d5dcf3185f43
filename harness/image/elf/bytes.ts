import { damaged } from '../damaged.ts'
import { Fields } from './fields.ts'

/** The bytes of one file, there at once: on disk, where they are read when they are wanted, or in memory. */
export interface ElfSource {
  /** Bytes in all. */
  readonly size: number
  /**
   * Those of the range that exist; a view that must not be changed, and is not used once the source is closed.
   * @param room where they may be put, if they have to be put anywhere
   */
  read(offset: number, length: number, room?: Buffer): Buffer
}

/** Bytes that are in memory already. */
export const bufferSource = (bytes: Buffer): ElfSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
})

// Symbol and string tables of the largest libraries stay below; a table that claims more is not worth the memory.
const maxPieceBytes = 64 * 1024 ** 2

/** The bytes of an ELF file, of either class and byte order. */
export class ElfBytes {
  readonly source: ElfSource
  readonly wide: boolean
  readonly little: boolean

  constructor(source: ElfSource, wide: boolean, little: boolean) {
    this.source = source
    this.wide = wide
    this.little = little
  }

  /** A range that has to be there. @throws `ELF_DAMAGED`, saying `what` was wanted and where */
  slice(offset: number, length: number, what: string): Buffer {
    const bytes = this.piece(offset, length)
    if (bytes !== undefined) return bytes
    const found = length > maxPieceBytes ? 'more than any file needs' : `the end at ${this.source.size}`
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected ${what} at bytes ${offset}..${offset + length}, found ${found}`,
    )
  }

  /** A range that may be missing or absurd. */
  piece(offset: number, length: number): Buffer | undefined {
    const fits = offset >= 0 && length >= 0 && offset + length <= this.source.size && length <= maxPieceBytes
    const bytes = fits ? this.source.read(offset, length) : undefined
    return bytes?.length === length ? bytes : undefined
  }

  /** The numbers in a piece of this file. */
  fields(bytes: Buffer): Fields {
    return new Fields(bytes, this.wide, this.little)
  }
}
