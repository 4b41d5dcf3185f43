import { crc32 } from 'node:zlib'
import type { Compression } from './compression-format.ts'

/**
 * How many bytes the first stream takes, so that what follows it in an initrd is found; undefined where the
 * format does not tell without decoding it (then all the rest belongs to it).
 */
export const compressedLength = (bytes: Buffer, compression: Compression): number | undefined => {
  switch (compression) {
    case 'xz':
      return xzLength(bytes)
    case 'lz4':
      return lz4Length(bytes)
    default:
      return undefined
  }
}

/** RFC 1952, 2.3; undefined where it is damaged. */
export const gzipHeaderLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return undefined
  const flags = bytes.readUInt8(3)
  let at = 10
  if ((flags & 4) !== 0) at += 2 + bytes.readUInt16LE(10)
  // File name, then comment, each up to its NUL.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const end = bytes.indexOf(0, at)
    if (end === -1) return undefined
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at < bytes.length ? at : undefined
}

/** xz ends with a footer of 12 bytes: CRC-32 of the next six, size of the index, the header's flags, `YZ`. */
const xzLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < 32) return undefined
  const flags = bytes.subarray(6, 8)
  for (let at = bytes.indexOf('YZ', 8); at !== -1; at = bytes.indexOf('YZ', at + 1)) {
    const footer = at - 10
    if (footer < 12 || (at + 2) % 4 !== 0) continue
    const sizeAndFlags = bytes.subarray(footer + 4, footer + 10)
    if (!sizeAndFlags.subarray(4).equals(flags)) continue
    if (crc32(sizeAndFlags) === bytes.readUInt32LE(footer)) return at + 2
  }
  return undefined
}

/** Linux's lz4 is the legacy format: blocks that start with their length, until what follows cannot be one. */
const lz4Length = (bytes: Buffer): number | undefined => {
  const magic = 0x184c2102
  // The encoder's blocks hold 8 MiB; this is the most that incompressible content takes.
  const maxBlock = 8 * 1024 * 1024 + Math.ceil((8 * 1024 * 1024) / 255) + 16
  let at = 4
  while (at + 4 <= bytes.length) {
    const size = bytes.readUInt32LE(at)
    if (size === magic) at += 4
    else if (size === 0 || size > maxBlock) break
    else at += 4 + size
  }
  return Math.min(at, bytes.length)
}
