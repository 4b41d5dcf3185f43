import { type ByteSource, checkRange, readStart } from '../byte-source.ts'
import { damaged } from '../damaged.ts'

/** Microsoft's FAT specification, version 1.03; places and sizes are bytes. */
export interface BootSector {
  /** Bits of one entry of the table, which also name the kind: FAT12, FAT16, FAT32. */
  readonly bits: 12 | 16 | 32
  readonly table: number
  readonly clusterBytes: number
  /** Where cluster 2, the first, starts. */
  readonly data: number
  readonly clusters: number
  /** FAT32 has a chain of clusters for its root directory, the others a fixed place. */
  readonly root: { readonly cluster: number } | { readonly at: number; readonly length: number }
  readonly bytes: number
}

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0

/** There is no magic number: everything that has to be so must be so. */
export const isFat = (head: Buffer): boolean => {
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) return false
  const jump = head.readUInt8(0)
  const sectorBytes = head.readUInt16LE(11)
  const media = head.readUInt8(21)
  return (
    (jump === 0xeb || jump === 0xe9) &&
    sectorBytes >= 512 &&
    sectorBytes <= 4096 &&
    isPowerOfTwo(sectorBytes) &&
    isPowerOfTwo(head.readUInt8(13)) &&
    head.readUInt16LE(14) > 0 &&
    (head.readUInt8(16) === 1 || head.readUInt8(16) === 2) &&
    (media === 0xf0 || media >= 0xf8) &&
    (head.readUInt16LE(22) > 0 || head.readUInt32LE(36) > 0)
  )
}

/** @throws `IMAGE_DAMAGED` */
export const readBootSector = async (source: ByteSource): Promise<BootSector> => {
  const head = await readStart(source, 512)
  if (!isFat(head)) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the boot sector of FAT, found other bytes`)
  }
  const sectorBytes = head.readUInt16LE(11)
  const rootBytes = Math.ceil((head.readUInt16LE(17) * 32) / sectorBytes) * sectorBytes
  const tableSectors = head.readUInt16LE(22) || head.readUInt32LE(36)
  const sectors = head.readUInt16LE(19) || head.readUInt32LE(32)
  const table = head.readUInt16LE(14) * sectorBytes
  const rootAt = table + head.readUInt8(16) * tableSectors * sectorBytes
  const data = rootAt + rootBytes
  const clusterBytes = head.readUInt8(13) * sectorBytes
  const bytes = sectors * sectorBytes
  checkRange(source.name, source.size, 0, bytes)
  checkRange(source.name, bytes, 0, data)
  const clusters = Math.floor((bytes - data) / clusterBytes)
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32
  return {
    bits,
    table,
    clusterBytes,
    data,
    clusters,
    root: bits === 32 ? { cluster: head.readUInt32LE(44) } : { at: rootAt, length: rootBytes },
    bytes,
  }
}
