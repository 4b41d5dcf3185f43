/** One file or directory as its directory describes it. */
export interface FatEntry {
  readonly name: string
  readonly isDirectory: boolean
  readonly cluster: number
  /** Bytes; 0 for directories. */
  readonly size: number
}

const attributes = { volumeLabel: 0x08, directory: 0x10, longName: 0x0f } as const
/** In the reserved byte: the short name's parts are lower case (Windows NT and Linux write this). */
const lowerCase = { base: 0x08, extension: 0x10 } as const

/** The names in a directory, `.` and `..` left out. Deleted entries and labels are no names. */
export const parseDirectory = (bytes: Buffer): FatEntry[] => {
  const found: FatEntry[] = []
  let parts: Buffer[] = []
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const record = bytes.subarray(at, at + 32)
    const attribute = record.readUInt8(11)
    if (record[0] === 0xe5) parts = []
    else if ((attribute & 0x3f) === attributes.longName) {
      // The last part of a long name comes first, with the bit 0x40.
      if (((record[0] ?? 0) & 0x40) !== 0) parts = []
      if (parts.length < 20) parts.unshift(longPart(record))
    } else {
      const name = parts.length > 0 ? longName(parts) : shortName(record)
      parts = []
      if ((attribute & attributes.volumeLabel) !== 0 || name === '.' || name === '..') continue
      const isDirectory = (attribute & attributes.directory) !== 0
      found.push({
        name,
        isDirectory,
        cluster: record.readUInt16LE(20) * 65_536 + record.readUInt16LE(26),
        size: isDirectory ? 0 : record.readUInt32LE(28),
      })
    }
  }
  return found
}

const longPart = (record: Buffer): Buffer =>
  Buffer.concat([record.subarray(1, 11), record.subarray(14, 26), record.subarray(28, 32)])

/** UTF-16 up to its NUL. */
const longName = (parts: readonly Buffer[]): string => {
  const text = Buffer.concat(parts).toString('utf16le')
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}

const shortName = (record: Buffer): string => {
  const flags = record.readUInt8(12)
  const part = (from: number, until: number, isLower: boolean): string => {
    const text = record.toString('latin1', from, until).replace(/ +$/, '')
    return isLower ? text.toLowerCase() : text
  }
  // 0xe5 would mean deleted, so that letter is stored as 5.
  const base = part(0, 8, (flags & lowerCase.base) !== 0).replace(/^\u0005/, '\u00e5')
  const extension = part(8, 11, (flags & lowerCase.extension) !== 0)
  return extension === '' ? base : `${base}.${extension}`
}
