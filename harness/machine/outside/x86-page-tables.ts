import { denies, type Half, type TableEntry, type TableFormat } from './page-table-format.ts'

/** Registers that decide how x86_64 reads its tables. */
export interface X86Paging {
  readonly cr3: bigint
  /** CR4.LA57: five levels. */
  readonly fiveLevels: boolean
  /** EFER.NXE; without it nothing is kept from being executed. */
  readonly noExecute: boolean
}

const pageBytes = 4096
const halfRoot = 256
const present = 0x1
const writable = 0x2
const userMode = 0x4
const large = 0x80

/**
 * One half of x86_64 page tables (Intel SDM volume 3, 4.5). `cr3` must be one that the kernel runs on:
 * with page-table isolation user mode has a sparse root of its own, one page further.
 */
export const x86TableFormat = (paging: X86Paging, half: Half = 'kernel'): TableFormat => ({
  pageBytes,
  levels: paging.fiveLevels ? 5 : 4,
  root: Number(paging.cr3 & 0x000f_ffff_ffff_f000n),
  firstRootEntry: half === 'kernel' ? halfRoot : 0,
  rootEntries: halfRoot,
  base: half === 'user' ? 0n : paging.fiveLevels ? 0xff00_0000_0000_0000n : 0xffff_8000_0000_0000n,
  decode: (low, high, level) => decode(low, high, level, paging.noExecute),
  effective: (denied) => denied,
})

const decode = (low: number, high: number, level: number, noExecute: boolean): TableEntry | undefined => {
  if ((low & present) === 0) return undefined
  const leaf = level === 1 || (low & large) !== 0
  if (leaf && level > 3) return undefined // reserved: the processor faults
  const user = (low & userMode) !== 0
  const executable = !noExecute || high >>> 31 === 0
  const denied =
    ((low & writable) === 0 ? denies.write : 0) |
    (executable ? 0 : denies.execute | denies.userExecute) |
    (user ? 0 : denies.user | denies.userExecute)
  const page = (high & 0xf_ffff) * 2 ** 32 + ((low & 0xffff_f000) >>> 0)
  const size = pageBytes * 512 ** (level - 1)
  // A large page keeps its memory type in an address bit.
  return { leaf, denied, address: leaf ? page - (page % size) : page }
}
