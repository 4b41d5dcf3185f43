import { describe, expect, it } from 'vitest'
import { kernelTextOf } from './kernel-text.ts'
import type { KernelView } from './kernel-view.ts'
import { SyntheticMemory } from './testing/synthetic-tables.ts'
import { x86TableFormat } from './x86-page-tables.ts'

const present = 1n
const writable = 2n
const noExecute = 1n << 63n
const format = x86TableFormat({ cr3: 0x1000n, fiveLevels: false, noExecute: true })
const view = { format } as KernelView
const image = 0xffff_ffff_8000_0000n
const linear = 0xffff_8000_0000_0000n

/** Pages at the start of the kernel's image and of its linear map, as entries of the last level. */
const kernelWith = (pages: readonly bigint[], aliases: readonly bigint[]): SyntheticMemory => {
  const memory = new SyntheticMemory(4096)
  const table = present | writable
  memory.page(0x1000).writeBigUInt64LE(0x2000n | table, 511 * 8)
  memory.page(0x2000).writeBigUInt64LE(0x3000n | table, 510 * 8)
  memory.page(0x3000).writeBigUInt64LE(0x4000n | table)
  pages.forEach((page, index) => {
    memory.page(0x4000).writeBigUInt64LE(page, index * 8)
  })
  memory.page(0x1000).writeBigUInt64LE(0x5000n | table, 256 * 8)
  memory.page(0x5000).writeBigUInt64LE(0x6000n | table)
  memory.page(0x6000).writeBigUInt64LE(0x7000n | table)
  memory.page(0x7000)
  aliases.forEach((page, index) => {
    memory.page(0x7000).writeBigUInt64LE(page, index * 8)
  })
  return memory
}

const code = (at: bigint) => at | present
const data = (at: bigint) => at | present | writable | noExecute
const entry = image + 0x1800n

describe("the kernel's code", () => {
  it('should reach as far as its pages are executable without a gap', () => {
    const memory = kernelWith([data(0x10000n), code(0x11000n), code(0x12000n), data(0x13000n)], [])
    expect(kernelTextOf(view, memory, entry)).toEqual({
      range: { from: image + 0x1000n, to: image + 0x3000n, size: 0x2000 },
      physical: 0x11000,
      writable: [],
    })
  })

  it('should be found writable in place, and through other addresses', () => {
    const inPlace = kernelWith([data(0x10000n), code(0x11000n) | writable], [data(0x13000n)])
    expect(kernelTextOf(view, inPlace, entry)?.writable).toMatchObject([
      { from: image + 0x1000n, size: 4096 },
    ])
    const alias = kernelWith([data(0x10000n), code(0x11000n)], [data(0x12000n), data(0x11000n)])
    expect(kernelTextOf(view, alias, entry)?.writable).toMatchObject([{ from: linear + 0x1000n, size: 4096 }])
  })

  it('should be nothing where the entry is not executable', () => {
    expect(kernelTextOf(view, kernelWith([data(0x10000n), data(0x11000n)], []), entry)).toBeUndefined()
  })
})
