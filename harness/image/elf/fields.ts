import { damaged } from '../damaged.ts'

/**
 * Bounds-checked numbers out of an ELF file of either class and byte order. Every reader throws `ELF_DAMAGED`,
 * which says what was wanted and where, instead of reading outside the file.
 */
export class Fields {
  readonly bytes: Buffer
  readonly wide: boolean
  readonly little: boolean

  constructor(bytes: Buffer, wide: boolean, little: boolean) {
    this.bytes = bytes
    this.wide = wide
    this.little = little
  }

  u8(offset: number, what: string): number {
    this.check(offset, 1, what)
    return this.bytes.readUInt8(offset)
  }

  u16(offset: number, what: string): number {
    this.check(offset, 2, what)
    return this.little ? this.bytes.readUInt16LE(offset) : this.bytes.readUInt16BE(offset)
  }

  u32(offset: number, what: string): number {
    this.check(offset, 4, what)
    return this.little ? this.bytes.readUInt32LE(offset) : this.bytes.readUInt32BE(offset)
  }

  /** An address, offset or size: 4 or 8 bytes. Above 2^53 it loses precision, and lies outside any file. */
  word(offset: number, what: string): number {
    if (!this.wide) return this.u32(offset, what)
    this.check(offset, 8, what)
    return Number(this.little ? this.bytes.readBigUInt64LE(offset) : this.bytes.readBigUInt64BE(offset))
  }

  /** A view of the file, no copy. */
  slice(offset: number, length: number, what: string): Buffer {
    this.check(offset, length, what)
    return this.bytes.subarray(offset, offset + length)
  }

  /** The same for another piece of bytes of this file. */
  within(bytes: Buffer): Fields {
    return new Fields(bytes, this.wide, this.little)
  }

  private check(offset: number, length: number, what: string): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.bytes.length) return
    throw damaged(
      'ELF_DAMAGED',
      `damaged ELF file: expected ${what} at bytes ${offset}..${offset + length}, found the end at ${this.bytes.length}`,
    )
  }
}

/** The bytes up to the first NUL, at most `limit` of them, as Latin-1 so that no byte is lost. */
export const cString = (bytes: Buffer, limit = 4096): string => {
  const end = bytes.subarray(0, limit).indexOf(0)
  return bytes.toString('latin1', 0, end === -1 ? Math.min(limit, bytes.length) : end)
}
