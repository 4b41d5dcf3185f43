import { describe, expect, it } from 'vitest'
import { arm64TableFormat } from './arm64-page-tables.ts'
import { gateHandler, kernelEntryOf } from './kernel-entry.ts'
import type { Registers } from './kernel-view.ts'
import { entryBytes, type TableFormat } from './page-table-format.ts'
import { SyntheticMemory } from './testing/synthetic-tables.ts'
import { x86TableFormat } from './x86-page-tables.ts'

/** One 4 KiB page of physical memory behind a virtual address; the tables are its only neighbours. */
const mapPage = (
  memory: SyntheticMemory,
  format: TableFormat,
  virtual: bigint,
  page: number,
  bits: bigint,
) => {
  let table = format.root
  for (let level = format.levels; level > 0; level--) {
    const above = (virtual - format.base) >> BigInt(12 + 9 * (level - 1))
    const index = level === format.levels ? Number(above) + format.firstRootEntry : Number(above & 511n)
    const next = level === 1 ? page : table + format.pageBytes
    memory.page(table).writeBigUInt64LE(BigInt(next) | bits, index * entryBytes)
    table = next
  }
}

describe('the kernel entry of x86_64', () => {
  const format = x86TableFormat({ cr3: 0x10_0000n, fiveLevels: false, noExecute: true })
  const entryOf = (idtBase: bigint, gate: string) => {
    const memory = new SyntheticMemory(4096)
    mapPage(memory, format, idtBase, 0x20_0000, 3n)
    Buffer.from(gate, 'hex').copy(memory.page(0x20_0000))
    const registers = { architecture: 'x86_64', idtBase, idtLimit: 0xfff } as Registers
    return kernelEntryOf({ registers, format }, memory)
  }
  const gate = '30101000008ee081ffffffff00000000'

  it('should be the handler of the first gate', () => {
    expect(gateHandler(Buffer.from(gate, 'hex'))).toBe(0xffffffff81e01030n)
    expect(entryOf(0xfffffe0000000000n, gate)).toBe(0xffffffff81e01030n)
  })

  it('should be unknown while the kernel starts, or with a gate that leads elsewhere', () => {
    expect(entryOf(0xffffffff83a05000n, gate)).toBeUndefined()
    expect(entryOf(0xfffffe0000000000n, '00'.repeat(16))).toBeUndefined()
  })
})

describe('the kernel entry of arm64', () => {
  const format = arm64TableFormat({
    tcr: (16n << 16n) | (2n << 30n),
    ttbr0: 0n,
    ttbr1: 0x4100_0000n,
    writeImpliesNoExecute: false,
    indirection: undefined,
  })
  const vbar = 0xffff800080010800n
  const view = { registers: { architecture: 'arm64', vbar } as Registers, format }

  it('should be VBAR once the linear map is there', () => {
    const memory = new SyntheticMemory(4096)
    expect(kernelEntryOf(view, memory)).toBeUndefined()
    mapPage(memory, format, vbar, 0x4200_0000, 3n)
    expect(kernelEntryOf(view, memory)).toBeUndefined()
    memory.page(format.root).writeBigUInt64LE(0x4400_0003n, 0)
    expect(kernelEntryOf(view, memory)).toBe(vbar)
  })
})
