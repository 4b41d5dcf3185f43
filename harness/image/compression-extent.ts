import { crc32 } from 'node:zlib'

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

/**
 * How many bytes the first stream takes, so that what follows it in an initrd is found; undefined where its end is not
 * there. It ends with a footer of 12 bytes: CRC-32 of the next six, size of the index, the header's flags, `YZ`.
 */
export const xzLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < 32) return undefined
  const flags = bytes.subarray(6, 8)
  let tries = 0
  for (let at = bytes.indexOf('YZ', 8); at !== -1; at = bytes.indexOf('YZ', at + 1)) {
    tries += 1
    // By chance two such bytes stand in 64 KiB; a stream that is made of them is not searched to its end.
    if (tries > 1_000_000) return undefined
    const footer = at - 10
    if (footer < 12 || (at + 2) % 4 !== 0) continue
    const sizeAndFlags = bytes.subarray(footer + 4, footer + 10)
    if (!sizeAndFlags.subarray(4).equals(flags)) continue
    if (crc32(sizeAndFlags) === bytes.readUInt32LE(footer)) return at + 2
  }
  return undefined
}
