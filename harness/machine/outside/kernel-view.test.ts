import { describe, expect, it } from 'vitest'
import { arm64TableFormat } from './arm64-page-tables.ts'
import { hasOwnTables, type Registers } from './kernel-view.ts'
import { SyntheticMemory } from './testing/synthetic-tables.ts'
import { x86TableFormat } from './x86-page-tables.ts'

describe("the kernel's own page tables", () => {
  it.each([false, true])(
    'should be told by its map of all memory on x86_64, five levels: %s',
    (fiveLevels) => {
      const format = x86TableFormat({ cr3: 0x1000n, fiveLevels, noExecute: true })
      const own = (...entries: readonly number[]) => {
        const memory = new SyntheticMemory(4096)
        const root = memory.page(0x1000)
        for (const entry of entries) root.writeBigUInt64LE(0x2003n, entry * 8)
        return hasOwnTables({ architecture: 'x86_64' } as Registers, format, memory)
      }
      // A table for local descriptors, the CPU's entry area and the image: all that programs have with isolation.
      expect(own(272, 508, 511)).toBe(false)
      expect(own(272, 305, 508, 511)).toBe(true)
    },
  )

  it("should be told by the kernel's stack on arm64", () => {
    const tcr = (16n << 16n) | (2n << 30n)
    const paging = { tcr, ttbr0: 0n, ttbr1: 0x1000n, writeImpliesNoExecute: false, indirection: undefined }
    const format = arm64TableFormat(paging)
    const memory = new SyntheticMemory(4096)
    memory.page(0x1000).writeBigUInt64LE(0x2003n, 256 * 8)
    memory.page(0x2000).writeBigUInt64LE(0x4000_0401n)
    const at = (sp: bigint) => hasOwnTables({ architecture: 'arm64', sp } as Registers, format, memory)
    expect(at(0xffff_8000_0000_1000n)).toBe(true)
    expect(at(0xffff_9000_0000_1000n)).toBe(false)
  })
})
