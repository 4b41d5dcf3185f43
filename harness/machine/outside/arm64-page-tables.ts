import { DrydockError } from '../../common/errors.ts'
import { denies, entryBytes, type Half, type TableEntry, type TableFormat } from './page-table-format.ts'

/** Registers that decide how arm64 reads its tables. */
export interface Arm64Paging {
  readonly tcr: bigint
  readonly ttbr0: bigint
  readonly ttbr1: bigint
  /** SCTLR.WXN: whatever is writable cannot be executed. */
  readonly writeImpliesNoExecute: boolean
  /** PIR and PIRE0 where TCR2.PIE lets them give bits 54, 53, 51 and 6 another meaning. */
  readonly indirection: { readonly privileged: bigint; readonly unprivileged: bigint } | undefined
}

/** Where TCR has what is decided for each half (Arm ARM, D19.2.139), and TG's numbers for the granules. */
const halves = {
  user: { size: 0, walksOff: 7, granule: 14, ranks: 41, granules: { 0: 4096, 1: 65_536, 2: 16_384 } },
  kernel: { size: 16, walksOff: 23, granule: 30, ranks: 42, granules: { 1: 16_384, 2: 4096, 3: 65_536 } },
} as const satisfies Record<Half, { granules: Readonly<Record<number, number>>; [bit: string]: unknown }>
const ips52 = 6

const field = (register: bigint, shift: number, bits: number): number =>
  Number((register >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n))

const unusable = (found: string): DrydockError =>
  new DrydockError(`expected TCR to describe the page tables, found ${found}`, {
    code: 'PAGE_TABLES_UNREADABLE',
    blame: 'guest',
    hint: 'The kernel may not have switched its MMU on yet.',
  })

/** The tables behind TTBR1, or TTBR0 for user mode (Arm ARM, D8): granules of 4, 16 and 64 KiB, up to 52-bit addresses. */
export const arm64TableFormat = (paging: Arm64Paging, half: Half = 'kernel'): TableFormat => {
  const { tcr } = paging
  const bits = halves[half]
  const ttbr = half === 'kernel' ? paging.ttbr1 : paging.ttbr0
  const granules: Readonly<Record<number, number>> = bits.granules
  const pageBytes = granules[field(tcr, bits.granule, 2)]
  if (pageBytes === undefined) throw unusable('the reserved granule')
  if (field(tcr, bits.walksOff, 1) === 1) throw unusable('walks switched off (EPD = 1)')
  const wide = field(tcr, 59, 1) === 1 && pageBytes < 65_536 // TCR.DS, FEAT_LPA2
  const large = wide || (pageBytes === 65_536 && field(tcr, 32, 3) === ips52)
  const virtualBits = 64 - field(tcr, bits.size, 6)
  const pageBits = Math.log2(pageBytes)
  const levelBits = pageBits - 3
  const levels = Math.ceil((virtualBits - pageBits) / levelBits)
  if (virtualBits > 52 || levels < 1 || levels > 5) throw unusable(`${virtualBits}-bit addresses (TSZ)`)

  const rootEntries = 2 ** (virtualBits - pageBits - levelBits * (levels - 1))
  const rootAlignment = Math.max(64, rootEntries * entryBytes)
  const rootLow = Number(ttbr & 0xffff_ffff_fffen)
  const rootHigh = large ? field(ttbr, 2, 4) * 2 ** 48 : 0
  const layout = {
    pageBytes,
    wide,
    large,
    hierarchical: field(tcr, bits.ranks, 1) === 0,
    dirtyBit: field(tcr, 40, 1) === 1,
  }
  return {
    pageBytes,
    levels,
    root: rootLow - (rootLow % rootAlignment) + rootHigh,
    firstRootEntry: 0,
    rootEntries,
    base: half === 'kernel' ? (1n << 64n) - (1n << BigInt(virtualBits)) : 0n,
    decode: (low, high, level) => decode(low, high, level, layout, paging.indirection),
    effective: (denied) => effective(denied, paging),
  }
}

interface Layout {
  readonly pageBytes: number
  /** Bits 9:8 of an entry are address bits 51:50. */
  readonly wide: boolean
  /** Addresses have 52 bits. */
  readonly large: boolean
  /** TCR.HPD is 0: tables take rights away from what is below them. */
  readonly hierarchical: boolean
  /** TCR.HD: a read-only page marked DBM becomes writable when it is written to. */
  readonly dirtyBit: boolean
}

/** Highest level whose entries may map a block. */
const highestBlock = ({ pageBytes, wide, large }: Layout): number => {
  if (pageBytes === 4096) return wide ? 4 : 3
  return large ? 3 : 2
}

const addressOf = (low: number, high: number, { pageBytes, wide, large }: Layout): number => {
  const page = low - (low % pageBytes) + (high & (wide ? 0x3_ffff : 0xffff)) * 2 ** 32
  if (wide) return page + ((low >>> 8) & 0x3) * 2 ** 50
  return large ? page + ((low >>> 12) & 0xf) * 2 ** 48 : page
}

const decode = (
  low: number,
  high: number,
  level: number,
  layout: Layout,
  indirection: Arm64Paging['indirection'],
): TableEntry | undefined => {
  if ((low & 1) === 0) return undefined
  const tableOrPage = (low & 2) !== 0
  const leaf = level === 1 || !tableOrPage
  if (leaf && (level === 1 ? !tableOrPage : level > highestBlock(layout))) return undefined
  const address = addressOf(low, high, layout)
  if (!leaf) {
    const counts = layout.hierarchical && indirection === undefined
    return { leaf, address, denied: counts ? deniedByTable(high) : 0 }
  }
  const size = layout.pageBytes * (layout.pageBytes / entryBytes) ** (level - 1)
  const denied =
    indirection === undefined
      ? deniedByLeaf(low, high, layout.dirtyBit)
      : deniedIndirectly(low, high, indirection)
  return { leaf, address: address - (address % size), denied }
}

/** APTable, UXNTable and PXNTable. */
const deniedByTable = (high: number): number =>
  ((high & (1 << 30)) === 0 ? 0 : denies.write) |
  ((high & (1 << 29)) === 0 ? 0 : denies.user) |
  ((high & (1 << 28)) === 0 ? 0 : denies.userExecute) |
  ((high & (1 << 27)) === 0 ? 0 : denies.execute)

/** AP, DBM, UXN and PXN. */
const deniedByLeaf = (low: number, high: number, dirtyBit: boolean): number => {
  const readOnly = (low & 0x80) !== 0 && !(dirtyBit && (high & (1 << 19)) !== 0)
  return (
    (readOnly ? denies.write : 0) |
    ((low & 0x40) === 0 ? denies.user : 0) |
    ((high & (1 << 22)) === 0 ? 0 : denies.userExecute) |
    ((high & (1 << 21)) === 0 ? 0 : denies.execute)
  )
}

const writablePermissions = new Set([0x5, 0x6, 0x7, 0xc, 0xe])
const executablePermissions = new Set([0x2, 0x3, 0x7, 0xa, 0xe])

/** FEAT_S1PIE: four bits of the entry choose one of sixteen permissions from a register. */
const deniedIndirectly = (
  low: number,
  high: number,
  { privileged, unprivileged }: NonNullable<Arm64Paging['indirection']>,
): number => {
  const index = ((high >>> 21) & 0x3) * 4 + ((high >>> 19) & 0x1) * 2 + ((low >>> 6) & 0x1)
  const kernel = field(privileged, index * 4, 4)
  const user = field(unprivileged, index * 4, 4)
  return (
    (writablePermissions.has(kernel) ? 0 : denies.write) |
    (executablePermissions.has(kernel) ? 0 : denies.execute) |
    (user === 0 ? denies.user : 0) |
    (executablePermissions.has(user) ? 0 : denies.userExecute)
  )
}

/** The processor never lets the kernel execute what user mode may write, and with WXN nothing that is writable. */
const effective = (denied: number, { writeImpliesNoExecute, indirection }: Arm64Paging): number => {
  const writable = (denied & denies.write) === 0
  const userWritable = writable && (denied & denies.user) === 0 && indirection === undefined
  if (writable && writeImpliesNoExecute) return denied | denies.execute | denies.userExecute
  return userWritable ? denied | denies.execute : denied
}
