import { type ByteSource, checkRange } from './byte-source.ts'

/** A stretch of a file that lies in one piece, in bytes; what no extent covers reads as zeros. */
export interface Extent {
  /** Where it starts in the file. */
  readonly at: number
  readonly length: number
  /** Where it lies in the source. */
  readonly from: number
}

/** A file made of extents in order, which are looked up when it is first read. */
export const extentSource = (
  source: ByteSource,
  size: number,
  name: string,
  load: () => Promise<readonly Extent[]>,
): ByteSource => {
  let loaded: Promise<readonly Extent[]> | undefined
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(name, size, offset, length)
      loaded ??= load()
      const extents = await loaded
      const bytes = Buffer.alloc(length)
      const end = offset + length
      for (let index = firstAfter(extents, offset); index < extents.length; index += 1) {
        const extent = extents[index]
        if (extent === undefined || extent.at >= end) break
        const from = Math.max(offset, extent.at)
        const until = Math.min(end, extent.at + extent.length)
        const part = await source.read(extent.from + from - extent.at, until - from)
        part.copy(bytes, from - offset)
      }
      return bytes
    },
  }
}

/** The first extent that ends after `offset`. */
export const firstAfter = (
  extents: readonly { readonly at: number; readonly length: number }[],
  offset: number,
): number => {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >> 1
    const extent = extents[middle]
    if (extent !== undefined && extent.at + extent.length <= offset) low = middle + 1
    else high = middle
  }
  return low
}
