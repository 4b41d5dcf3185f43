/** A 64-bit number; inexact above 2^53, where every check of a range refuses it anyway. */
export const uint64LE = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32

export const uint64BE = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)

export const alignUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit

/** Bytes that are not UTF-8 are read as Latin-1, so that different names stay different. */
export const decodeName = (bytes: Buffer): string => {
  const decoded = bytes.toString('utf8')
  return decoded.includes('\ufffd') ? bytes.toString('latin1') : decoded
}

/** Text up to its first NUL. */
export const untilNul = (bytes: Buffer): Buffer => {
  const end = bytes.indexOf(0)
  return end === -1 ? bytes : bytes.subarray(0, end)
}
