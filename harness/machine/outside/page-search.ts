import type { PhysicalMemory } from './physical-memory.ts'
import type { RamSegment } from './ram-layout.ts'

export const pageBytes = 4096
const chunkBytes = 256 * pageBytes

/**
 * How many pages of RAM, at page boundaries, are equal to `page` (`pageBytes` long): copies of a file's page in the page
 * cache, whatever the guest says of it.
 */
export const countPages = (memory: PhysicalMemory, segments: readonly RamSegment[], page: Buffer): number => {
  const head = page.readBigUInt64LE(0)
  let found = 0
  for (const { address, size } of segments) {
    for (let at = 0; at + pageBytes <= size; at += chunkBytes) {
      const chunk = memory.read(address + at, Math.min(chunkBytes, size - at))
      if (chunk === undefined) continue
      for (let offset = 0; offset + pageBytes <= chunk.length; offset += pageBytes) {
        // Most pages differ in their first bytes already.
        if (chunk.readBigUInt64LE(offset) !== head) continue
        if (chunk.subarray(offset, offset + pageBytes).equals(page)) found += 1
      }
    }
  }
  return found
}
