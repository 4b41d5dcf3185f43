import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { type DirectoryRecord, parseRecord } from './directory-record.ts'

export const sectorBytes = 2048
const firstDescriptor = 16
/** Real images have three or four. */
const mostDescriptors = 32

export interface Volume {
  readonly label: string
  readonly root: DirectoryRecord
  /** Names are UTF-16 of Joliet, not ISO 9660's own. */
  readonly isJoliet: boolean
  /** Sector of El Torito's boot catalogue. */
  readonly bootCatalogue: number | undefined
  /** Bytes of all. */
  readonly size: number
}

/** Whether a volume descriptor is where the first one belongs; needs 32,774 bytes. */
export const isIso9660 = (head: Buffer): boolean =>
  head.toString('latin1', firstDescriptor * sectorBytes + 1, firstDescriptor * sectorBytes + 6) === 'CD001'

/** ECMA-119, 8: the primary volume and that of Joliet, where there are. @throws `IMAGE_DAMAGED` */
export const readVolumes = async (
  source: ByteSource,
): Promise<{ readonly primary: Volume; readonly joliet: Volume | undefined }> => {
  let primary: Volume | undefined
  let joliet: Volume | undefined
  let bootCatalogue: number | undefined
  for (let sector = firstDescriptor; sector < firstDescriptor + mostDescriptors; sector += 1) {
    const bytes = await source.read(sector * sectorBytes, sectorBytes)
    const type = bytes.readUInt8(0)
    if (bytes.toString('latin1', 1, 6) !== 'CD001' || type === 255) break
    if (type === 0 && bytes.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION') {
      bootCatalogue = bytes.readUInt32LE(71)
    }
    if (type === 1) primary ??= volumeOf(bytes, false)
    // The escape sequences of UCS-2, levels 1 to 3.
    if (type === 2 && /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91))) joliet ??= volumeOf(bytes, true)
  }
  if (primary === undefined) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the volume descriptors of ISO 9660, found none`)
  }
  return { primary: { ...primary, bootCatalogue }, joliet }
}

const volumeOf = (bytes: Buffer, isJoliet: boolean): Volume | undefined => {
  const root = parseRecord(bytes.subarray(156, 190))
  if (root === undefined || bytes.readUInt16LE(128) !== sectorBytes) return undefined
  const label = bytes.subarray(40, 72)
  return {
    label: (isJoliet ? decodeUcs2(label) : label.toString('latin1')).replace(/[ \0]+$/, ''),
    root,
    isJoliet,
    bootCatalogue: undefined,
    size: bytes.readUInt32LE(80) * sectorBytes,
  }
}

/** Joliet's text: 16 bits for a letter, the high byte first. */
export const decodeUcs2 = (bytes: Buffer): string =>
  Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le')
