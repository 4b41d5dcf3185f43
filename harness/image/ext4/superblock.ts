import { type ByteSource, checkRange, readStart } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { untilNul } from '../fields.ts'

/** Documentation/filesystems/ext4/super.rst; numbers are bytes unless said otherwise. */
export interface Superblock {
  readonly blockBytes: number
  readonly inodeBytes: number
  readonly inodes: number
  readonly inodesPerGroup: number
  readonly groups: number
  readonly descriptorBytes: number
  /** Where the table of group descriptors starts. */
  readonly descriptors: number
  readonly label: string
  readonly hasFileTypes: boolean
  /** It was not unmounted, so the newest changes may be in its journal alone. */
  readonly needsRecovery: boolean
}

const start = 1024
const incompatible = { fileType: 0x2, recover: 0x4, bit64: 0x80 } as const
/** What changes nothing here, or is read: FILETYPE RECOVER EXTENTS 64BIT MMP FLEX_BG EA_INODE CSUM_SEED LARGEDIR INLINE_DATA CASEFOLD. */
const understood = 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x20000
const others: readonly (readonly [number, string])[] = [
  [0x1, 'compression'],
  [0x8, 'a journal alone'],
  [0x10, 'META_BG'],
  [0x1000, 'DIRDATA'],
  [0x10000, 'encryption'],
]

/** Whether the superblock of ext2, ext3 or ext4 is where it belongs. */
export const isExt4 = (head: Buffer): boolean =>
  head.length >= start + 264 && head.readUInt16LE(start + 56) === 0xef53 && head.readUInt32LE(start + 24) <= 6

/** @throws `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED` */
export const readSuperblock = async (source: ByteSource): Promise<Superblock> => {
  const head = await readStart(source, start + 1024)
  if (!isExt4(head) || head.length < start + 1024) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the superblock of ext4, found other bytes`)
  }
  const fields = head.subarray(start)
  const isOld = fields.readUInt32LE(76) === 0
  const features = isOld ? 0 : fields.readUInt32LE(96)
  refuseUnknown(features, source.name)
  const has64 = (features & incompatible.bit64) !== 0
  const blockBytes = 1024 << fields.readUInt32LE(24)
  const blocks = fields.readUInt32LE(4) + (has64 ? fields.readUInt32LE(336) * 2 ** 32 : 0)
  const firstBlock = fields.readUInt32LE(20)
  const blocksPerGroup = fields.readUInt32LE(32)
  const inodesPerGroup = fields.readUInt32LE(40)
  const superblock: Superblock = {
    blockBytes,
    inodeBytes: isOld ? 128 : fields.readUInt16LE(88),
    inodes: fields.readUInt32LE(0),
    inodesPerGroup,
    groups: Math.ceil((blocks - firstBlock) / blocksPerGroup),
    descriptorBytes: has64 ? fields.readUInt16LE(254) : 32,
    descriptors: (firstBlock + 1) * blockBytes,
    label: untilNul(fields.subarray(120, 136)).toString('utf8'),
    hasFileTypes: (features & incompatible.fileType) !== 0,
    needsRecovery: (features & incompatible.recover) !== 0,
  }
  checkNumbers(superblock, source, blocks * blockBytes)
  return superblock
}

const refuseUnknown = (features: number, name: string): void => {
  const unknown = features & ~understood
  if (unknown === 0) return
  const found = others.find(([bit]) => (unknown & bit) !== 0)?.[1] ?? `feature 0x${unknown.toString(16)}`
  throw damaged(
    'IMAGE_UNSUPPORTED',
    `${name}: expected an ext4 that Drydock can read, found one with ${found}`,
  )
}

const checkNumbers = (superblock: Superblock, source: ByteSource, bytes: number): void => {
  const { inodeBytes, inodesPerGroup, descriptorBytes, groups, blockBytes } = superblock
  const isGood =
    inodeBytes >= 128 &&
    inodeBytes <= blockBytes &&
    inodesPerGroup > 0 &&
    descriptorBytes >= 32 &&
    descriptorBytes <= blockBytes &&
    groups > 0 &&
    groups <= 2 ** 26
  if (!isGood) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${source.name}: expected the superblock of ext4, found impossible numbers`,
    )
  }
  checkRange(source.name, source.size, 0, bytes)
  checkRange(source.name, source.size, superblock.descriptors, groups * descriptorBytes)
}

/** Where the inode starts. Numbers count from 1. @throws `IMAGE_DAMAGED` */
export const inodeOffset = async (
  source: ByteSource,
  superblock: Superblock,
  number: number,
): Promise<number> => {
  if (number < 1 || number > superblock.inodes) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${source.name}: expected an inode of 1 to ${superblock.inodes}, found ${number}`,
    )
  }
  const group = Math.floor((number - 1) / superblock.inodesPerGroup)
  const index = (number - 1) % superblock.inodesPerGroup
  const at = superblock.descriptors + group * superblock.descriptorBytes
  const descriptor = await source.read(at, superblock.descriptorBytes)
  const low = descriptor.readUInt32LE(8)
  const table = superblock.descriptorBytes >= 64 ? low + descriptor.readUInt32LE(40) * 2 ** 32 : low
  return table * superblock.blockBytes + index * superblock.inodeBytes
}
