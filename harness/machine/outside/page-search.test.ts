import { describe, expect, it } from 'vitest'
import { countPages, pageBytes } from './page-search.ts'
import type { PhysicalMemory } from './physical-memory.ts'

const segments = [
  { address: 0, size: 300 * pageBytes, fileOffset: 0 },
  { address: 0x4000_0000, size: 2 * pageBytes, fileOffset: 300 * pageBytes },
]

const memoryWith = (page: Buffer, addresses: readonly number[]): PhysicalMemory => ({
  read: (address, length) => {
    const bytes = Buffer.alloc(length)
    for (const at of addresses) if (at >= address && at < address + length) page.copy(bytes, at - address)
    return bytes
  },
})

describe('countPages', () => {
  const page = Buffer.alloc(pageBytes, 'drydock ')

  it('should count the page in every stretch of RAM', () => {
    const memory = memoryWith(page, [0, 299 * pageBytes, 0x4000_0000 + pageBytes])
    expect(countPages(memory, segments, page)).toBe(3)
  })

  it('should take no page that differs, or lies across pages', () => {
    const other = Buffer.from(page)
    other.writeUInt8(1, pageBytes - 1)
    expect(countPages(memoryWith(other, [0]), segments, page)).toBe(0)
    expect(countPages(memoryWith(page, [100]), segments, page)).toBe(0)
  })
})
