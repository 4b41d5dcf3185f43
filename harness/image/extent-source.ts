import { type ByteSource, checkRange } from './byte-source.ts'
import type { LastOne } from './last-one.ts'

/** A stretch of a file that lies in one piece, in bytes; what no extent covers reads as zeros. */
export interface Extent {
  /** Where it starts in the file. */
  readonly at: number
  readonly length: number
  /** Where it lies in the source. */
  readonly from: number
}

/** Where the extents of a file that was read last are kept, shared by all files of a volume. */
export type ExtentSlot = LastOne<readonly Extent[]>

/** What a file made of extents is. */
export interface Mapped {
  /** Where the extents lie. */
  readonly source: ByteSource
  readonly size: number
  readonly name: string
  readonly slot: ExtentSlot
  /** Looks up the extents, in order. */
  readonly load: () => Promise<readonly Extent[]>
}

/** A file made of extents, which are looked up when it is read. */
export const extentSource = ({ source, size, name, slot, load }: Mapped): ByteSource => {
  const owner = {}
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(name, size, offset, length)
      const extents = await slot.of(owner, load)
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
