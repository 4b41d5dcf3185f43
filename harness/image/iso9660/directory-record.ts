/** ECMA-119, 9.1. */
export interface DirectoryRecord {
  readonly sector: number
  /** Bytes. */
  readonly size: number
  readonly isDirectory: boolean
  /** The file goes on in the next record. */
  readonly hasMore: boolean
  readonly name: Buffer
  /** System use: where Rock Ridge is. */
  readonly extra: Buffer
}

/** Undefined where the record does not hold together. */
export const parseRecord = (bytes: Buffer): DirectoryRecord | undefined => {
  if (bytes.length < 34) return undefined
  const nameBytes = bytes.readUInt8(32)
  const nameEnd = 33 + nameBytes
  if (nameBytes === 0 || nameEnd > bytes.length) return undefined
  const flags = bytes.readUInt8(25)
  return {
    sector: bytes.readUInt32LE(2) + bytes.readUInt8(1),
    size: bytes.readUInt32LE(10),
    isDirectory: (flags & 2) !== 0,
    hasMore: (flags & 0x80) !== 0,
    name: bytes.subarray(33, nameEnd),
    // A pad byte follows a name of even length.
    extra: bytes.subarray(nameEnd + (nameBytes % 2 === 0 ? 1 : 0)),
  }
}
