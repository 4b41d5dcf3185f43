import { damaged } from '../damaged.ts'

/**
 * Bounds-checked numbers out of a piece of an ELF file of either class and byte order. Every reader throws
 * `ELF_DAMAGED`, which says what was wanted and where, instead of reading outside the piece.
 */
export class Fields {
  readonly bytes: Buffer
  readonly wide: boolean
  readonly little: boolean
  readonly #view: DataView

  constructor(bytes: Buffer, wide: boolean, little: boolean) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.wide = wide
    this.little = little
  }

  u16(offset: number, what: string): number {
    this.#check(offset, 2, what)
    return this.#view.getUint16(offset, this.little)
  }

  u32(offset: number, what: string): number {
    this.#check(offset, 4, what)
    return this.#view.getUint32(offset, this.little)
  }

  /** An address, offset or size: 4 or 8 bytes. Above 2^53 it loses precision, and lies outside any file. */
  word(offset: number, what: string): number {
    if (!this.wide) return this.u32(offset, what)
    return this.little
      ? this.u32(offset, what) + this.u32(offset + 4, what) * 2 ** 32
      : this.u32(offset + 4, what) + this.u32(offset, what) * 2 ** 32
  }

  #check(offset: number, length: number, what: string): void {
    if (offset >= 0 && offset + length <= this.bytes.length) return
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected ${what} at bytes ${offset}..${offset + length} of a piece, found its end at ${this.bytes.length}`,
    )
  }
}

/** The bytes from `offset` up to the first NUL, at most `limit` of them, as Latin-1 so that no byte is lost. */
export const cString = (bytes: Buffer, offset = 0, limit = 4096): string => {
  const last = Math.min(bytes.length, offset + limit)
  let end = offset
  while (end < last && bytes[end] !== 0) end += 1
  return bytes.toString('latin1', offset, end)
}
