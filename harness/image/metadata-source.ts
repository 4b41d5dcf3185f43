import { type ByteSource, checkRange, readWhole } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'

const blockBytes = 64 * 1024
const keptBlocks = 128
/** What reading nothing costs, so that a million empty reads count too. */
const costOfRead = 64

/** Bytes of a file system's own structures. */
export interface MetadataSource extends ByteSource {
  /**
   * Counts bytes that are made rather than read, such as what a compressed directory becomes.
   * @throws `IMAGE_TOO_LARGE` once limits.metadataBytes are spent
   */
  spend(bytes: number): void
}

/** The whole of a directory or a link. @throws `IMAGE_TOO_LARGE` */
export const readMetadata = async (metadata: MetadataSource, content: ByteSource): Promise<Buffer> => {
  metadata.spend(content.size)
  return await readWhole(content, limits.directoryBytes)
}

/**
 * The same bytes for reading metadata in small pieces: the last blocks are kept, and all reads together are
 * limited, so that structures that point at each other in a hostile image come to an end.
 * @param most bytes that all reads together may take. @default limits.metadataBytes
 * @throws `IMAGE_TOO_LARGE` from `read` once they are spent
 */
export const metadataSource = (source: ByteSource, most: number = limits.metadataBytes): MetadataSource => {
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
  const spend = (bytes: number): void => {
    spent += bytes + costOfRead
    // Written so that NaN counts as too much.
    if (spent <= most) return
    throw damaged('IMAGE_TOO_LARGE', `${source.name}: expected at most ${most} bytes of metadata, found more`)
  }
  return {
    name: source.name,
    size: source.size,
    spend,
    read: async (offset, length) => {
      checkRange(source.name, source.size, offset, length)
      spend(length)
      const first = Math.floor(offset / blockBytes)
      const isInOne = Math.floor((offset + length - 1) / blockBytes) === first
      if (length === 0 || !isInOne) return await source.read(offset, length)
      const start = offset - first * blockBytes
      return (await block(first)).subarray(start, start + length)
    },
  }
}
