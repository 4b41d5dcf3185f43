import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { decodeName } from '../fields.ts'
import { entryTypeOf, isDevice } from '../file-mode.ts'
import { type FileSystemReader, type Named, readFileSystem } from '../file-system.ts'
import { LastOne } from '../last-one.ts'
import { limits } from '../limits.ts'
import type { MemoryTree, NewEntry } from '../memory-tree.ts'
import { metadataSource, readMetadata } from '../metadata-source.ts'
import { parseDirectory } from './directory.ts'
import { contentOf, type Inode, inodeFlags, readInode, type Volume, visibleXattrs } from './inode.ts'
import { readSuperblock } from './superblock.ts'

export { isExt4 } from './superblock.ts'

const rootInode = 2

/** What belongs to every device number: Linux stores small ones in 16 bits, others in 32. */
const deviceOf = (block: Buffer): NonNullable<NewEntry['device']> => {
  const old = block.readUInt32LE(0)
  if (old !== 0) return { major: (old >>> 8) & 0xff, minor: old & 0xff }
  const wide = block.readUInt32LE(4)
  return { major: (wide >>> 8) & 0xfff, minor: (wide & 0xff) | ((wide >>> 12) & 0xfff00) }
}

const linkTarget = async (volume: Volume, inode: Inode): Promise<string> => {
  if (inode.size === 0 || inode.size > limits.pathBytes) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${volume.source.name}: expected a link target of 1 to 4096 bytes, found ${inode.size}`,
    )
  }
  const isInInode = inode.size < 60 && (inode.flags & (inodeFlags.extents | inodeFlags.inlineData)) === 0
  if (isInInode) return decodeName(inode.block.subarray(0, inode.size))
  return decodeName(await readMetadata(volume.metadata, contentOf(volume, inode, volume.metadata)))
}

const entryOf = async (volume: Volume, inode: Inode): Promise<NewEntry> => {
  const type = entryTypeOf(inode.mode)
  const name = volume.source.name
  if (type === undefined) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${name}: expected a type of file in inode ${inode.number}, found mode 0${inode.mode.toString(8)}`,
    )
  }
  if ((inode.flags & inodeFlags.encrypted) !== 0) {
    throw damaged(
      'IMAGE_UNSUPPORTED',
      `${name}: expected an ext4 that Drydock can read, found an encrypted file`,
    )
  }
  return {
    type,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    xattrs: visibleXattrs(inode),
    ...(type === 'file' ? { content: contentOf(volume, inode, volume.source) } : {}),
    ...(type === 'symlink' ? { linkTarget: await linkTarget(volume, inode) } : {}),
    ...(isDevice(type) ? { device: deviceOf(inode.block) } : {}),
  }
}

const list = async (volume: Volume, number: number): Promise<readonly Named<number>[]> => {
  const inode = await readInode(volume, number)
  const bytes = await readMetadata(volume.metadata, contentOf(volume, inode, volume.metadata))
  if ((inode.flags & inodeFlags.inlineData) === 0) {
    return parseDirectory(bytes, volume.superblock.blockBytes, volume.source.name)
  }
  // Inline: the parent's number, entries up to the end of i_block, then those in the attribute.
  const rest = bytes.subarray(60)
  return [
    ...parseDirectory(bytes.subarray(4, 60), 56, volume.source.name),
    ...(rest.length > 0 ? parseDirectory(rest, rest.length, volume.source.name) : []),
  ]
}

/**
 * Reads ext2, ext3 and ext4 (Documentation/filesystems/ext4). A journal is not replayed: an image that needs it is
 * shown as it lies there.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` for what changes how it is read: encryption,
 * compression, META_BG
 */
export const readExt4 = async (source: ByteSource): Promise<MemoryTree> => {
  const metadata = metadataSource(source)
  const superblock = await readSuperblock(metadata)
  const volume: Volume = { source, metadata, superblock, slot: new LastOne() }
  const reader: FileSystemReader<number> = {
    name: source.name,
    root: rootInode,
    keyOf: (number) => number,
    inode: async (number) => await entryOf(volume, await readInode(volume, number)),
    list: async (number) => await list(volume, number),
  }
  return await readFileSystem(reader)
}
