import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { decodeName, uint64LE, untilNul } from '../fields.ts'
import { entryTypeOf, isDevice } from '../file-mode.ts'
import { type Named, readFileSystem } from '../file-system.ts'
import { LastOne } from '../last-one.ts'
import { limits } from '../limits.ts'
import type { MemoryTree, NewEntry } from '../memory-tree.ts'
import { metadataSource, readMetadata } from '../metadata-source.ts'
import { contentOf } from './content.ts'
import { type Inode, readInode, type Volume } from './inode.ts'
import { readSuperblock } from './superblock.ts'
import { readLongPrefixes, readXattrs } from './xattrs.ts'

export { isErofs } from './superblock.ts'

/** Linux's new_encode_dev. */
const deviceOf = (value: number): NonNullable<NewEntry['device']> => ({
  major: (value >>> 8) & 0xfff,
  minor: (value & 0xff) | ((value >>> 12) & 0xfff00),
})

/** Entries of 12 bytes, whose names follow the last of them in the same block. */
const parseDirectory = (bytes: Buffer, blockBytes: number, name: string): Named<number>[] => {
  const found: Named<number>[] = []
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = bytes.subarray(start, start + blockBytes)
    const namesStart = block.length < 12 ? 0 : block.readUInt16LE(8)
    if (namesStart < 12 || namesStart % 12 !== 0 || namesStart > block.length) {
      throw damaged('IMAGE_DAMAGED', `${name}: expected entries of a directory, found other bytes`)
    }
    for (let at = 0; at < namesStart; at += 12) {
      const from = block.readUInt16LE(at + 8)
      const until = at + 12 < namesStart ? block.readUInt16LE(at + 20) : block.length
      const entryName = decodeName(untilNul(block.subarray(from, Math.max(from, until))))
      if (entryName !== '.' && entryName !== '..') {
        found.push({ name: entryName, id: uint64LE(block, at) })
      }
    }
  }
  return found
}

const linkTarget = async (volume: Volume, inode: Inode): Promise<string> => {
  if (inode.size === 0 || inode.size > limits.pathBytes) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${volume.source.name}: expected a link target of 1 to 4096 bytes, found ${inode.size}`,
    )
  }
  return decodeName(await readMetadata(volume.metadata, contentOf(volume, inode, volume.metadata)))
}

const entryOf = async (
  volume: Volume,
  longPrefixes: readonly string[],
  number: number,
): Promise<NewEntry> => {
  const inode = await readInode(volume, number)
  const type = entryTypeOf(inode.mode)
  if (type === undefined) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${volume.source.name}: expected a type of file in inode ${number}, found mode 0${inode.mode.toString(8)}`,
    )
  }
  return {
    type,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    xattrs: await readXattrs(volume, longPrefixes, inode),
    ...(type === 'file' ? { content: contentOf(volume, inode, volume.source) } : {}),
    ...(type === 'symlink' ? { linkTarget: await linkTarget(volume, inode) } : {}),
    ...(isDevice(type) ? { device: deviceOf(inode.union) } : {}),
  }
}

/**
 * Reads EROFS up to Linux 6.14: plain, inline and chunked files, and those compressed with LZ4, DEFLATE or Zstandard.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` for MicroLZMA, several devices, newer features
 */
export const readErofs = async (source: ByteSource): Promise<MemoryTree> => {
  const metadata = metadataSource(source)
  const superblock = await readSuperblock(metadata)
  const volume: Volume = {
    source,
    metadata,
    superblock,
    slot: new LastOne(),
    maps: new LastOne(),
    decoded: new LastOne(),
    packed: async (through) => contentOf(volume, await readInode(volume, superblock.packed), through),
  }
  const longPrefixes = await readLongPrefixes(volume)
  return await readFileSystem({
    name: source.name,
    root: superblock.root,
    keyOf: (number) => number,
    inode: async (number) => await entryOf(volume, longPrefixes, number),
    list: async (number) => {
      const directory = contentOf(volume, await readInode(volume, number), metadata)
      const bytes = await readMetadata(metadata, directory)
      return parseDirectory(bytes, superblock.blockBytes, source.name)
    },
  })
}
