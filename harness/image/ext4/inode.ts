import { type ByteSource, MemorySource, readWhole, sliceOf } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { type ExtentSlot, extentSource } from '../extent-source.ts'
import type { MetadataSource } from '../metadata-source.ts'
import { mapBlocks, mapExtents } from './block-map.ts'
import { inodeOffset, type Superblock } from './superblock.ts'
import { parseXattrs, type StoredXattr, xattrMagic } from './xattrs.ts'

/** The file system, by its two ways of reading: `metadata` is cached and limited. */
export interface Volume {
  readonly source: ByteSource
  readonly metadata: MetadataSource
  readonly superblock: Superblock
  readonly slot: ExtentSlot
}

export interface Inode {
  readonly number: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly flags: number
  /** i_block: the map of its blocks, or a short link's target, or a device's number. */
  readonly block: Buffer
  readonly xattrs: ReadonlyMap<string, Buffer>
}

export const inodeFlags = { encrypted: 0x800, extents: 0x80000, inlineData: 0x10000000 } as const

/** Name of the attribute that holds what of a tiny file does not fit into i_block. */
const inlineRest = 'system.data'

/** Documentation/filesystems/ext4/inodes.rst. @throws `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED` */
export const readInode = async (volume: Volume, number: number): Promise<Inode> => {
  const raw = await readRaw(volume, number)
  const xattrs = new Map<string, Buffer>()
  for (const attribute of await storedXattrs(volume, raw)) {
    xattrs.set(
      attribute.name,
      attribute.inode === 0 ? Buffer.from(attribute.value) : await valueInInode(volume, attribute.inode),
    )
  }
  return { ...fieldsOf(raw, number), xattrs }
}

const readRaw = async (volume: Volume, number: number): Promise<Buffer> => {
  const { metadata, superblock } = volume
  return await metadata.read(await inodeOffset(metadata, superblock, number), superblock.inodeBytes)
}

const fieldsOf = (raw: Buffer, number: number): Omit<Inode, 'xattrs'> => ({
  number,
  mode: raw.readUInt16LE(0),
  uid: raw.readUInt16LE(2) + raw.readUInt16LE(120) * 65_536,
  gid: raw.readUInt16LE(24) + raw.readUInt16LE(122) * 65_536,
  size: raw.readUInt32LE(4) + raw.readUInt32LE(108) * 2 ** 32,
  flags: raw.readUInt32LE(32),
  // A copy: what is kept must not keep the block that it was read in.
  block: Buffer.from(raw.subarray(40, 100)),
})

const storedXattrs = async ({ metadata, superblock }: Volume, raw: Buffer): Promise<StoredXattr[]> => {
  const found: StoredXattr[] = []
  const extra = raw.length > 130 ? 128 + raw.readUInt16LE(128) : raw.length
  if (extra + 4 <= raw.length && raw.readUInt32LE(extra) === xattrMagic) {
    found.push(...parseXattrs(raw, extra + 4, extra + 4, metadata.name))
  }
  const block = raw.readUInt32LE(104) + raw.readUInt16LE(118) * 2 ** 32
  if (block !== 0) {
    const region = await metadata.read(block * superblock.blockBytes, superblock.blockBytes)
    if (region.readUInt32LE(0) !== xattrMagic) {
      throw damaged(
        'IMAGE_DAMAGED',
        `${metadata.name}: expected a block of extended attributes at ${block}, found other bytes`,
      )
    }
    found.push(...parseXattrs(region, 32, 0, metadata.name))
  }
  return found
}

/** A value of more than a block has an inode of its own; that one's attributes are not looked at. */
const valueInInode = async (volume: Volume, number: number): Promise<Buffer> => {
  const inode: Inode = { ...fieldsOf(await readRaw(volume, number), number), xattrs: new Map() }
  // Linux's XATTR_SIZE_MAX.
  return await readWhole(contentOf(volume, inode, volume.metadata), 65_536)
}

/** @param through how it is read: directories through the limited source, files through the other */
export const contentOf = (volume: Volume, inode: Inode, through: ByteSource): ByteSource => {
  const { metadata, superblock } = volume
  const name = `${metadata.name} inode ${inode.number}`
  if ((inode.flags & inodeFlags.inlineData) !== 0) {
    const bytes = Buffer.concat([inode.block, inode.xattrs.get(inlineRest) ?? Buffer.alloc(0)])
    return sliceOf(new MemorySource(bytes, name), 0, inode.size, name)
  }
  const input = {
    source: metadata,
    blockBytes: superblock.blockBytes,
    root: inode.block,
    size: inode.size,
  }
  const isMappedByExtents = (inode.flags & inodeFlags.extents) !== 0
  return extentSource({
    source: through,
    size: inode.size,
    name,
    slot: volume.slot,
    load: () => (isMappedByExtents ? mapExtents(input) : mapBlocks(input)),
  })
}

/** What a reader of the file system sees of the attributes. */
export const visibleXattrs = ({ xattrs, flags }: Inode): ReadonlyMap<string, Buffer> =>
  (flags & inodeFlags.inlineData) === 0
    ? xattrs
    : new Map([...xattrs].filter(([name]) => name !== inlineRest))
