import type { ByteSource } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'

const blockBytes = 64 * 1024
const keptBlocks = 128
/** What reading nothing costs, so that a million empty reads count too. */
const costOfRead = 32

/**
 * The same bytes for reading metadata in small pieces: the last blocks are kept, and all reads together are
 * limited, so that structures that point at each other in a hostile image come to an end.
 * @throws `IMAGE_TOO_LARGE` from `read` once limits.metadataBytes are spent
 */
export const metadataSource = (source: ByteSource): ByteSource => {
  const blocks = new Map<number, Buffer>()
  let spent = 0
  const block = async (index: number): Promise<Buffer> => {
    const known = blocks.get(index)
    if (known !== undefined) return known
    const start = index * blockBytes
    const bytes = await source.read(start, Math.min(blockBytes, source.size - start))
    const oldest = blocks.keys().next()
    if (blocks.size >= keptBlocks && oldest.done !== true) blocks.delete(oldest.value)
    blocks.set(index, bytes)
    return bytes
  }
  return {
    name: source.name,
    size: source.size,
    read: async (offset, length) => {
      spent += length + costOfRead
      if (spent > limits.metadataBytes) {
        throw damaged(
          'IMAGE_TOO_LARGE',
          `${source.name}: expected at most ${limits.metadataBytes} bytes of metadata, found more`,
        )
      }
      const first = Math.floor(offset / blockBytes)
      const isInOne = Math.floor((offset + length - 1) / blockBytes) === first
      if (length <= 0 || offset < 0 || offset + length > source.size || !isInOne) {
        return await source.read(offset, length)
      }
      const start = offset - first * blockBytes
      return (await block(first)).subarray(start, start + length)
    },
  }
}
