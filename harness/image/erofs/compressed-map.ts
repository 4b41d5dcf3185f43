import { type ByteSource, checkRange } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { alignUp, uint64LE } from '../fields.ts'
import { limits } from '../limits.ts'
import { type Cluster, readCompactIndex, readFullIndex } from './cluster-index.ts'
import { algorithmOf, type CompressedExtent, type Inode, type Volume } from './inode.ts'

const advice = {
  shortEntries: 0x1,
  bigFirst: 0x2,
  bigSecond: 0x4,
  inlineTail: 0x8,
  rotated: 0x10,
  packedTail: 0x20,
} as const

/** What a cluster of a map costs in memory and time, as bytes of metadata. */
const clusterCost = 16

/** The map's header: 8 bytes at a multiple of 8 behind the inode. */
const readHeader = async (metadata: ByteSource, inode: Inode) => {
  const at = alignUp(inode.tail, 8)
  const bytes = await metadata.read(at, 8)
  const algorithm = bytes.readUInt8(6)
  return {
    at,
    bytes,
    has: (bit: number) => (bytes.readUInt16LE(4) & bit) !== 0,
    head1: algorithmOf(algorithm & 15),
    head2: algorithmOf(algorithm >> 4),
    extraBits: bytes.readUInt8(7) & 7,
    isWhollyPacked: (bytes.readUInt8(7) & 0x80) !== 0,
  }
}
type Header = Awaited<ReturnType<typeof readHeader>>

/** The extents of a compressed file, in order. @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` */
export const readCompressedMap = async (volume: Volume, inode: Inode): Promise<CompressedExtent[]> => {
  const { metadata, superblock } = volume
  const header = await readHeader(metadata, inode)
  if (inode.number === superblock.packed && (header.isWhollyPacked || header.has(advice.packedTail))) {
    throw damaged('IMAGE_DAMAGED', `${metadata.name}: expected a packed inode, found one packed into itself`)
  }
  if (header.isWhollyPacked) {
    // The header itself is the place, but for its top bit.
    const from = uint64LE(header.bytes, 0) - 2 ** 63
    return [{ at: 0, length: inode.size, coding: 'packed', from: Math.max(0, from), coded: inode.size }]
  }
  const clusterBits = superblock.blockBits + header.extraBits
  const clusterBytes = 2 ** clusterBits
  const count = Math.ceil(inode.size / clusterBytes)
  if (count > limits.extents) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${metadata.name}: expected at most ${limits.extents} clusters in inode ${inode.number}, found ${count}`,
    )
  }
  metadata.spend(count * clusterCost)
  const isFull = inode.layout === 'compressed-full'
  const at = header.at + (isFull ? 16 : 8)
  checkRange(metadata.name, metadata.size, at, count)
  const { clusters, end } = await (isFull ? readFullIndex : readCompactIndex)(metadata, {
    at,
    count,
    clusterBits,
    hasShort: header.has(advice.shortEntries),
    hasBig: header.has(advice.bigFirst),
  })
  const extents = extentsOf({ clusters, clusterBytes, header, volume, inode })
  const last = extents.at(-1)
  if (last === undefined) return extents
  if (header.has(advice.inlineTail)) {
    extents[extents.length - 1] = { ...last, from: end, coded: header.bytes.readUInt16LE(2) }
  } else if (header.has(advice.packedTail)) {
    const high = isFull ? last.from / superblock.blockBytes : 0
    const from = header.bytes.readUInt32LE(0) + high * 2 ** 32
    extents[extents.length - 1] = { ...last, coding: 'packed', from, coded: last.length }
  }
  return extents
}

const extentsOf = (parts: {
  clusters: readonly Cluster[]
  clusterBytes: number
  header: Header
  volume: Volume
  inode: Inode
}): CompressedExtent[] => {
  const { clusters, clusterBytes, header, volume, inode } = parts
  const { blockBytes } = volume.superblock
  const extents: CompressedExtent[] = []
  const bad = (found: string) =>
    damaged(
      'IMAGE_DAMAGED',
      `${volume.source.name}: expected the map of compressed inode ${inode.number}, found ${found}`,
    )
  const close = (end: number): void => {
    const last = extents.at(-1)
    if (last === undefined) {
      if (end > 0) throw bad('no extent at its start')
      return
    }
    if (end <= last.at) throw bad(`an extent that starts at ${end} after one at ${last.at}`)
    extents[extents.length - 1] = { ...last, length: end - last.at }
  }
  for (const [index, cluster] of clusters.entries()) {
    if (cluster.type === 'inner') continue
    const at = index * clusterBytes + cluster.offset
    if (at >= inode.size) break
    close(at)
    const isBig = header.has(cluster.type === 'head2' ? advice.bigSecond : advice.bigFirst)
    const following = clusters[index + 1]
    const blocks = isBig && cluster.type !== 'plain' && following?.type === 'inner' ? following.blocks : 0
    const coding = cluster.type === 'plain' ? plainCoding(header) : header[cluster.type]
    if (coding === undefined) throw bad('an unknown kind of compression')
    extents.push({
      at,
      length: 0,
      coding,
      from: cluster.block * blockBytes,
      coded: blocks > 0 ? blocks * blockBytes : clusterBytes,
    })
  }
  close(inode.size)
  return extents
}

const plainCoding = (header: Header): 'stored' | 'rotated' =>
  header.has(advice.rotated) ? 'rotated' : 'stored'
