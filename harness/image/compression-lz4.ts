import { damaged, tooLarge } from './damaged.ts'
import { decodeLz4Block } from './lz4-block.ts'

const magic = 0x184c2102

/** What the content of one block is at most; the encoder fills all but the last. */
const blockContent = 8 * 1024 * 1024

/** The most that a block of incompressible content takes. */
const blockLength = blockContent + Math.ceil(blockContent / 255) + 16

/**
 * Decodes the legacy frames of LZ4, the ones Linux uses (doc/lz4_Frame_format.md, "Legacy frame"): blocks that start with
 * their length, until what follows cannot be one.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` (usage)
 */
export const decodeLz4 = (
  bytes: Buffer,
  purpose: string,
  limit: number,
): { content: Buffer; consumed: number } => {
  const blocks: Buffer[] = []
  let total = 0
  let at = 4
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    if (length === magic) {
      at += 4
      continue
    }
    if (length === 0 || length > blockLength) break
    const block = bytes.subarray(at + 4, at + 4 + length)
    const contentLength = block.length < length ? undefined : contentLengthOf(block)
    total += contentLength ?? 0
    if (total > limit) {
      throw tooLarge(purpose, limit)
    }
    const content = contentLength === undefined ? undefined : decodeLz4Block(block, contentLength)
    if (content === undefined) {
      throw damaged('IMAGE_DAMAGED', `expected ${purpose} to be whole, found a damaged block at byte ${at}`)
    }
    blocks.push(content)
    at += 4 + length
  }
  return { content: Buffer.concat(blocks), consumed: Math.min(at, bytes.length) }
}

/** What a block unpacks to, from its sequences (doc/lz4_Block_format.md); undefined where that is more than a block holds. */
const contentLengthOf = (block: Buffer): number | undefined => {
  let at = 0
  let total = 0
  const longer = (short: number): number => {
    let length = short
    if (short !== 15) return length
    for (let byte: number | undefined = 255; byte === 255; at += 1) {
      byte = block[at]
      length += byte ?? 0
    }
    return length
  }
  while (at < block.length && total <= blockContent) {
    const token = block[at] ?? 0
    at += 1
    const literals = longer(token >> 4)
    at += literals
    total += literals
    // The last sequence has literals alone.
    if (at >= block.length) break
    at += 2
    total += longer(token & 15) + 4
  }
  return total <= blockContent && at === block.length ? total : undefined
}
