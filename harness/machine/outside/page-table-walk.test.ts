import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arm64TableFormat } from './arm64-page-tables.ts'
import { denies, entryBytes, type Half, type TableFormat } from './page-table-format.ts'
import { type AddressRange, walkPageTables } from './page-table-walk.ts'
import {
  buildTables,
  type EncodeEntry,
  type Leaf,
  type Rights,
  SyntheticMemory,
  tableTrees,
} from './testing/synthetic-tables.ts'
import { translate } from './translate.ts'
import { x86TableFormat } from './x86-page-tables.ts'

const flag = (on: boolean, bit: number): bigint => (on ? 1n << BigInt(bit) : 0n)

const encodeX86: EncodeEntry = ({ rights, children }, address, level) =>
  1n |
  flag(rights.write, 1) |
  flag(rights.user, 2) |
  flag(children === undefined && level > 1, 7) |
  flag(children === undefined && level > 1, 12) | // memory type, not part of the address
  BigInt(address) |
  flag(!rights.execute, 63)

const encodeArm64 =
  (wideAddresses: boolean): EncodeEntry =>
  ({ rights, children }, address, level) => {
    const physical = BigInt(address)
    const bits = wideAddresses
      ? (physical & ((1n << 50n) - 1n)) | ((physical >> 50n) << 8n)
      : (physical & ((1n << 48n) - 1n)) | ((physical >> 48n) << 12n)
    return children === undefined
      ? bits |
          (level === 1 ? 3n : 1n) |
          flag(rights.user, 6) |
          flag(!rights.write, 7) |
          flag(!rights.execute, 53) |
          flag(!rights.userExecute, 54)
      : bits |
          3n |
          flag(!rights.write, 62) |
          flag(!rights.user, 61) |
          flag(!rights.userExecute, 60) |
          flag(!rights.execute, 59)
  }

/** TCR_EL1: T1SZ and TG1, and whatever else. */
const tcr = (virtualBits: number, granule: number, more = 0n): bigint =>
  (BigInt(64 - virtualBits) << 16n) | (BigInt(granule) << 30n) | more
const ds = 1n << 59n
const ips52 = 6n << 32n
const arm64 = (control: bigint, root = 0x4100_0000n, wxn = false, half: Half = 'kernel'): TableFormat =>
  arm64TableFormat(
    {
      tcr: control,
      ttbr0: half === 'user' ? root : 0n,
      ttbr1: half === 'kernel' ? root : 0n,
      writeImpliesNoExecute: wxn,
      indirection: undefined,
    },
    half,
  )
/** The same for user mode: T0SZ and TG0. */
const userTcr = (virtualBits: number, granule: number): bigint =>
  BigInt(64 - virtualBits) | (BigInt(granule) << 14n)
const x86 = (fiveLevels: boolean, half: Half = 'kernel'): TableFormat =>
  x86TableFormat({ cr3: 0x1000_0805n, fiveLevels, noExecute: true }, half)

const x86Rights = (rights: Rights): Rights => ({ ...rights, userExecute: rights.user && rights.execute })
/** What user mode may write the kernel cannot execute. */
const arm64Rights = (rights: Rights): Rights => ({
  ...rights,
  execute: rights.execute && !(rights.user && rights.write),
})
const wxnRights = (rights: Rights): Rights =>
  rights.write ? { ...rights, execute: false, userExecute: false } : rights

const cases = [
  { name: 'x86_64, 4 levels', format: x86(false), block: 3, encode: encodeX86, final: x86Rights },
  { name: 'x86_64, 5 levels', format: x86(true), block: 3, encode: encodeX86, final: x86Rights },
  {
    name: "x86_64, a process's half",
    format: x86(true, 'user'),
    block: 3,
    encode: encodeX86,
    final: x86Rights,
  },
  {
    name: "arm64, 4 KiB, a process's half",
    format: arm64(userTcr(48, 0), 0x4100_0000n, false, 'user'),
    block: 3,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: "arm64, 16 KiB, a process's half",
    format: arm64(userTcr(47, 2), 0x4100_0000n, false, 'user'),
    block: 2,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: "arm64, 64 KiB, a process's half",
    format: arm64(userTcr(42, 1), 0x4100_0000n, false, 'user'),
    block: 2,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 4 KiB, 48 bits',
    format: arm64(tcr(48, 2)),
    block: 3,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 4 KiB, 39 bits',
    format: arm64(tcr(39, 2)),
    block: 3,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 4 KiB, 52 bits',
    format: arm64(tcr(52, 2, ds)),
    block: 4,
    encode: encodeArm64(true),
    final: arm64Rights,
  },
  {
    name: 'arm64, 16 KiB, 47 bits',
    format: arm64(tcr(47, 1)),
    block: 2,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 16 KiB, 48 bits',
    format: arm64(tcr(48, 1)),
    block: 2,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 16 KiB, 52 bits',
    format: arm64(tcr(52, 1, ds)),
    block: 3,
    encode: encodeArm64(true),
    final: arm64Rights,
  },
  {
    name: 'arm64, 64 KiB, 42 bits',
    format: arm64(tcr(42, 3)),
    block: 2,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64, 64 KiB, 52 bits',
    format: arm64(tcr(52, 3, ips52)),
    block: 3,
    encode: encodeArm64(false),
    final: arm64Rights,
  },
  {
    name: 'arm64 with WXN',
    format: arm64(tcr(48, 2), 0x4100_0000n, true),
    block: 3,
    encode: encodeArm64(false),
    final: wxnRights,
  },
]

const rangesOf = (leaves: readonly Leaf[], wanted: (rights: Rights) => boolean): AddressRange[] => {
  const ranges: AddressRange[] = []
  const sorted = leaves.toSorted((a, b) => (a.virtual < b.virtual ? -1 : 1))
  for (const { virtual, size, rights } of sorted) {
    if (!wanted(rights)) continue
    const to = virtual + BigInt(size)
    const last = ranges.at(-1)
    if (last?.to === virtual) ranges[ranges.length - 1] = { from: last.from, to, size: last.size + size }
    else ranges.push({ from: virtual, to, size })
  }
  return ranges
}

describe('walking page tables', () => {
  it.each(cases)(
    'should find exactly what is mapped, with the rights that are left: $name',
    (architecture) => {
      const { format, block, encode, final } = architecture
      fc.assert(
        fc.property(tableTrees(format, block), (nodes) => {
          const { memory, leaves } = buildTables(format, nodes, encode)
          const mapped = leaves.map((leaf) => ({ ...leaf, rights: final(leaf.rights) }))
          const found = walkPageTables(format, memory)
          expect(found.leaves).toBe(leaves.length)
          expect(found.bytes).toBe(leaves.reduce((sum, { size }) => sum + size, 0))
          expect(found.writableExecutable).toEqual(rangesOf(mapped, ({ write, execute }) => write && execute))
          expect(found.userExecutable).toEqual(rangesOf(mapped, ({ userExecute }) => userExecute))
          expect(found.userAccessible).toEqual(rangesOf(mapped, ({ user }) => user))
          expect(found.userRunByKernel).toEqual(rangesOf(mapped, ({ user, execute }) => user && execute))
          expect(found.executable).toEqual(rangesOf(mapped, ({ execute }) => execute))
          expect(found.watchedWritable).toEqual([])
          expect(found.truncated).toBe(false)
          for (const { virtual, physical, size } of leaves) {
            expect(translate(format, memory, virtual)).toBe(physical)
            expect(translate(format, memory, virtual + BigInt(size - 1))).toBe(physical + size - 1)
          }
        }),
        { numRuns: 60 },
      )
    },
  )

  it.each(cases)(
    'should find each place where watched memory can be written to: $name',
    ({ format, block, encode, final }) => {
      fc.assert(
        fc.property(tableTrees(format, block), fc.nat(), fc.nat(), (nodes, one, other) => {
          const { memory, leaves } = buildTables(format, nodes, encode)
          const watched = [one, other].flatMap((choice) => {
            const leaf = leaves[choice % Math.max(1, leaves.length)]
            return leaf === undefined ? [] : [{ from: leaf.physical + 5, to: leaf.physical + 6 }]
          })
          const mapped = leaves.flatMap((leaf) =>
            watched.some(({ from }) => from >= leaf.physical && from < leaf.physical + leaf.size)
              ? [{ ...leaf, rights: final(leaf.rights) }]
              : [],
          )
          const found = walkPageTables(format, memory, watched)
          expect(found.watchedWritable).toEqual(rangesOf(mapped, ({ write }) => write))
          expect(found.leaves).toBe(leaves.length)
        }),
        { numRuns: 60 },
      )
    },
  )

  it.each(cases)(
    'should end on tables that point back to the root at every level: $name',
    ({ format, encode }) => {
      const memory = new SyntheticMemory(format.pageBytes)
      const all = { write: true, execute: true, user: false, userExecute: false }
      const entry = encode({ index: 0, rights: all, children: [] }, format.root, 2)
      const page = memory.page(format.root)
      for (let at = 0; at < page.length; at += entryBytes) page.writeBigUInt64LE(entry, at)
      const found = walkPageTables(format, memory)
      const entries = format.pageBytes / entryBytes
      expect(found.tables).toBe(1)
      // At the last level an x86 entry is a page whatever it points to, and so is an arm64 table descriptor.
      expect(found.leaves).toBe(format.rootEntries * entries ** (format.levels - 1))
    },
  )

  it('should only throw its own error on arbitrary tables', () => {
    const formats = fc.constantFrom(...cases.map(({ format }) => format))
    fc.assert(
      fc.property(
        formats,
        fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { maxLength: 64 }),
        (format, entries) => {
          const memory = new SyntheticMemory(format.pageBytes)
          const page = memory.page(format.root)
          entries.forEach((entry, index) => {
            page.writeBigUInt64LE(entry, (index * entryBytes * 7) % page.length)
          })
          try {
            walkPageTables(format, memory)
          } catch (error) {
            expect(error).toMatchObject({ code: 'PAGE_TABLE_OUTSIDE_RAM' })
          }
        },
      ),
    )
  })

  it('should leave out ranges beyond its limit, and say so', () => {
    const format = x86(false)
    const memory = new SyntheticMemory(format.pageBytes)
    const everySecond = memory.page(0x2000_0000)
    for (let index = 0; index < 512; index += 2) everySecond.writeBigUInt64LE(3n, index * entryBytes)
    const level2 = memory.page(0x2000_1000)
    for (let index = 0; index < 512; index++) level2.writeBigUInt64LE(0x2000_0003n, index * entryBytes)
    memory.page(0x2000_2000).writeBigUInt64LE(0x2000_1003n)
    memory.page(format.root).writeBigUInt64LE(0x2000_2003n, 256 * entryBytes)
    const found = walkPageTables(format, memory)
    expect(found).toMatchObject({ leaves: 256 * 512, tables: 4, truncated: true })
    expect(found.writableExecutable).toHaveLength(4096)
  })

  it('should count everything as executable where NX is switched off', () => {
    const without = x86TableFormat({ cr3: 0x1000_0000n, fiveLevels: false, noExecute: false })
    const noUser = denies.user | denies.userExecute
    expect(without.decode(0x3, 0x8000_0000, 1)?.denied).toBe(noUser)
    expect(x86(false).decode(0x3, 0x8000_0000, 1)?.denied).toBe(noUser | denies.execute)
  })
})
