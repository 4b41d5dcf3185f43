import type { ByteSource } from '../byte-source.ts'

/** What the map says of one logical cluster of a compressed file. */
export interface Cluster {
  readonly type: 'plain' | 'head1' | 'head2' | 'inner'
  /** Where in it the new extent starts; for all but `inner`. */
  readonly offset: number
  /** First block of the compressed data; for all but `inner`. */
  readonly block: number
  /** How many blocks the extent that `inner` belongs to takes; 0 where it does not say. */
  readonly blocks: number
}

export interface ClusterIndex {
  readonly clusters: readonly Cluster[]
  /** Where what follows the index starts. */
  readonly end: number
}

/** How the index of one file is stored. */
export interface IndexLayout {
  /** Where it starts, bytes. */
  readonly at: number
  readonly count: number
  readonly clusterBits: number
  /** There are packs of 16 entries with 2 bytes each. */
  readonly hasShort: boolean
  /** Extents of several blocks exist, so that `inner` entries give their number. */
  readonly hasBig: boolean
}

const types = ['plain', 'head1', 'inner', 'head2'] as const
/** In an `inner` entry: its low bits are a number of blocks, not a distance. */
const blockCountBit = 0x800

/** Entries of 8 bytes: kind, offset, then a block or two distances. */
export const readFullIndex = async (metadata: ByteSource, layout: IndexLayout): Promise<ClusterIndex> => {
  const bytes = await metadata.read(layout.at, layout.count * 8)
  const clusters: Cluster[] = []
  for (let at = 0; at < bytes.length; at += 8) {
    const type = types[bytes.readUInt16LE(at) & 3] ?? 'plain'
    const distance = bytes.readUInt16LE(at + 4)
    const isCount = type === 'inner' && (distance & blockCountBit) !== 0
    clusters.push({
      type,
      offset: bytes.readUInt16LE(at + 2),
      block: type === 'inner' ? 0 : bytes.readUInt32LE(at + 4),
      blocks: isCount ? distance & ~blockCountBit : 0,
    })
  }
  return { clusters, end: layout.at + bytes.length }
}

/** A stretch of packs of one size. */
interface Stretch {
  readonly at: number
  readonly entries: number
  readonly perPack: 2 | 16
}

/** Packs start at a multiple of 32 bytes with 16 entries each; before and after them are packs of 2 entries. */
const stretches = ({ at, count, hasShort }: IndexLayout): readonly Stretch[] => {
  const first = Math.min(((32 - (at % 32)) / 4) & 7, count)
  const short = hasShort && first < count ? Math.floor((count - first) / 16) * 16 : 0
  return [
    { at, entries: first, perPack: 2 },
    { at: at + first * 4, entries: short, perPack: 16 },
    { at: at + first * 4 + short * 2, entries: count - first - short, perPack: 2 },
  ]
}

/**
 * Packs of entries of 14 or 16 bits, each pack with one block number at its end: the first extent that starts in
 * the pack has that block, the following ones lie behind it.
 */
export const readCompactIndex = async (metadata: ByteSource, layout: IndexLayout): Promise<ClusterIndex> => {
  const clusters: Cluster[] = []
  let end = layout.at
  for (const { at, entries, perPack } of stretches(layout)) {
    const packBytes = perPack === 2 ? 8 : 32
    for (let done = 0; done < entries; done += perPack) {
      const start = at + (done / perPack) * packBytes
      const pack = await metadata.read(start, packBytes)
      clusters.push(...unpack(pack, perPack, layout).slice(0, entries - done))
      end = start + packBytes
    }
  }
  return { clusters, end }
}

const unpack = (pack: Buffer, perPack: number, { clusterBits, hasBig }: IndexLayout): Cluster[] => {
  const entryBits = ((pack.length - 4) * 8) / perPack
  const valueBits = Math.max(clusterBits, 12)
  const base = pack.readUInt32LE(pack.length - 4)
  const clusters: Cluster[] = []
  // Without big extents the block number is that of the extent before the first one here.
  let next = hasBig ? base : base + 1
  for (let index = 0; index < perPack; index += 1) {
    const bit = index * entryBits
    const raw = pack.readUInt32LE(bit >> 3) >>> (bit & 7)
    const value = raw & (2 ** valueBits - 1)
    const type = types[(raw >>> valueBits) & 3] ?? 'plain'
    if (type !== 'inner') {
      clusters.push({ type, offset: value, block: next, blocks: 0 })
      next += 1
      continue
    }
    const blocks = (value & blockCountBit) === 0 ? 0 : value & ~blockCountBit
    // The block already counted for the extent that started in the entry before is one of these.
    const isCounted = clusters.at(-1) !== undefined && clusters.at(-1)?.type !== 'inner'
    if (blocks > 0) next += isCounted ? blocks - 1 : blocks
    clusters.push({ type, offset: 0, block: 0, blocks })
  }
  return clusters
}
