import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import type { Extent } from '../extent-source.ts'
import { limits } from '../limits.ts'

/** Where the parts of one inode's content are. */
export interface MapInput {
  readonly source: ByteSource
  readonly blockBytes: number
  /** The 60 bytes of i_block. */
  readonly root: Buffer
  /** Bytes of the file. */
  readonly size: number
}

const maxDepth = 5

const bad = (source: ByteSource, expected: string, found: string) =>
  damaged('IMAGE_DAMAGED', `${source.name}: expected ${expected}, found ${found}`)

/**
 * The extents in a tree of them (Documentation/filesystems/ext4/ifork.rst).
 * @throws `IMAGE_DAMAGED`
 */
export const mapExtents = async (input: MapInput): Promise<readonly Extent[]> => {
  const extents: Extent[] = []
  await addNode(input, input.root, maxDepth, extents)
  return inOrder(input.source, extents)
}

const addNode = async (input: MapInput, node: Buffer, most: number, extents: Extent[]): Promise<void> => {
  const { source, blockBytes } = input
  const entries = node.readUInt16LE(2)
  const depth = node.readUInt16LE(6)
  if (node.readUInt16LE(0) !== 0xf30a || depth > most || 12 + entries * 12 > node.length) {
    throw bad(source, 'a tree of extents', `the header ${node.toString('hex', 0, 8)}`)
  }
  for (let at = 12; at < 12 + entries * 12; at += 12) {
    if (depth > 0) {
      const block = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32
      // A child's depth is one less, so a tree that leads back to itself comes to an end.
      await addNode(input, await source.read(block * blockBytes, blockBytes), depth - 1, extents)
      continue
    }
    const stored = node.readUInt16LE(at + 4)
    // Above 32768 the blocks are reserved and not yet written, so they read as zeros.
    if (stored > 32_768) continue
    const block = node.readUInt32LE(at + 8) + node.readUInt16LE(at + 6) * 2 ** 32
    push(source, extents, {
      at: node.readUInt32LE(at) * blockBytes,
      length: stored * blockBytes,
      from: block * blockBytes,
    })
  }
}

/**
 * The blocks of a file of ext2 and ext3: twelve numbers, then those in indirect, double and triple indirect blocks.
 * @throws `IMAGE_DAMAGED`
 */
export const mapBlocks = async (input: MapInput): Promise<readonly Extent[]> => {
  const extents: Extent[] = []
  const perBlock = input.blockBytes / 4
  let at = 0
  const addBlock = (block: number): void => {
    if (block !== 0) {
      push(input.source, extents, { at, length: input.blockBytes, from: block * input.blockBytes })
    }
    at += input.blockBytes
  }
  const addTable = async (block: number, level: number): Promise<void> => {
    if (block === 0) {
      at += input.blockBytes * perBlock ** level
      return
    }
    const numbers = await input.source.read(block * input.blockBytes, input.blockBytes)
    for (let index = 0; index < perBlock && at < input.size; index += 1) {
      const number = numbers.readUInt32LE(index * 4)
      if (level === 1) addBlock(number)
      else await addTable(number, level - 1)
    }
  }
  for (let index = 0; index < 15 && at < input.size; index += 1) {
    const number = input.root.readUInt32LE(index * 4)
    if (index < 12) addBlock(number)
    else await addTable(number, index - 11)
  }
  return extents
}

/** Neighbours become one, so that a file that lies in one piece is read in one piece. */
const push = (source: ByteSource, extents: Extent[], extent: Extent): void => {
  const last = extents.at(-1)
  if (last !== undefined && last.at + last.length === extent.at && last.from + last.length === extent.from) {
    extents[extents.length - 1] = { ...last, length: last.length + extent.length }
    return
  }
  if (extents.length >= limits.extents) throw bad(source, `at most ${limits.extents} extents`, 'more')
  extents.push(extent)
}

const inOrder = (source: ByteSource, extents: readonly Extent[]): readonly Extent[] => {
  let end = 0
  for (const { at, length } of extents) {
    if (at < end) throw bad(source, 'extents in order', `one at ${at} before ${end}`)
    end = at + length
  }
  return extents
}
