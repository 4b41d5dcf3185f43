import { type ByteSource, checkRange, MemorySource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { type Extent, extentSource } from '../extent-source.ts'
import { limits } from '../limits.ts'
import { compressedSource } from './compressed-source.ts'
import type { Inode, Volume } from './inode.ts'

const hole = 0xffffffff

/** @param through how it is read: directories through the limited source, files through the other */
export const contentOf = (volume: Volume, inode: Inode, through: ByteSource): ByteSource => {
  const name = `${volume.source.name} inode ${inode.number}`
  if (inode.size === 0) return new MemorySource(Buffer.alloc(0), name)
  if (inode.layout === 'compressed-full' || inode.layout === 'compressed-compact') {
    return compressedSource(volume, inode, name, through)
  }
  const load =
    inode.layout === 'chunks'
      ? async () => await chunkExtents(volume, inode)
      : async () => flatExtents(volume, inode)
  return extentSource({ source: through, size: inode.size, name, slot: volume.slot, load })
}

/** One piece, whose last block may be behind the inode instead. */
const flatExtents = ({ superblock }: Volume, inode: Inode): Extent[] => {
  const { blockBytes } = superblock
  const from = inode.union * blockBytes
  if (inode.layout === 'plain') return [{ at: 0, length: inode.size, from }]
  const whole = (Math.ceil(inode.size / blockBytes) - 1) * blockBytes
  return [
    { at: 0, length: whole, from },
    { at: whole, length: inode.size - whole, from: inode.tail },
  ]
}

/** Pieces of one size; their numbers are behind the inode, with 4 or 8 bytes each. */
const chunkExtents = async ({ metadata, superblock }: Volume, inode: Inode): Promise<Extent[]> => {
  const chunkBytes = superblock.blockBytes * 2 ** (inode.union & 0x1f)
  const isIndexed = (inode.union & 0x20) !== 0
  const unit = isIndexed ? 8 : 4
  const count = Math.ceil(inode.size / chunkBytes)
  const start = Math.ceil(inode.tail / unit) * unit
  checkRange(metadata.name, metadata.size, start, count * unit)
  if (count > limits.extents) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${metadata.name}: expected at most ${limits.extents} chunks, found ${count}`,
    )
  }
  const map = await metadata.read(start, count * unit)
  const extents: Extent[] = []
  for (let index = 0; index < count; index += 1) {
    const block = map.readUInt32LE(index * unit + (isIndexed ? 4 : 0))
    if (block === hole) continue
    const at = index * chunkBytes
    const length = Math.min(chunkBytes, inode.size - at)
    extents.push({ at, length, from: block * superblock.blockBytes })
  }
  return extents
}
