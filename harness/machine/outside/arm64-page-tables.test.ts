import { describe, expect, it } from 'vitest'
import { type Arm64Paging, arm64TableFormat } from './arm64-page-tables.ts'
import { denies } from './page-table-format.ts'

/** TCR_EL1: T1SZ and TG1, and whatever else. */
const tcr = (virtualBits: number, granule: number, more = 0n): bigint =>
  (BigInt(64 - virtualBits) << 16n) | (BigInt(granule) << 30n) | more
const ips52 = 6n << 32n
const arm64 = (control: bigint, more: Partial<Arm64Paging> = {}) =>
  arm64TableFormat({
    tcr: control,
    ttbr0: 0x4200_0000n,
    ttbr1: 0x4100_0000n,
    writeImpliesNoExecute: false,
    indirection: undefined,
    ...more,
  })

describe('the description of arm64 tables', () => {
  it.each([
    ['a reserved granule', 16n << 16n],
    ['walks switched off', tcr(48, 2, 1n << 23n)],
    ['an impossible size', tcr(60, 2)],
  ])('should be refused with %s', (_, control) => {
    expect(() => arm64(control)).toThrow('expected TCR to describe')
  })

  it('should find a root above 48 bits', () => {
    expect(arm64(tcr(52, 3, ips52), { ttbr1: 0x4100_0004n }).root).toBe(2 ** 48 + 0x4100_0000)
    // Without 52-bit addresses bits 5:2 mean nothing, and bits 63:48 are an address space id.
    expect(arm64(tcr(48, 2), { ttbr1: 0x0002_0000_41a9_2005n }).root).toBe(0x41a9_2000)
  })

  it('should ignore rights of tables where TCR.HPD1 says so, and count DBM as writable with TCR.HD', () => {
    const ignoring = arm64(tcr(48, 2, 1n << 42n))
    expect(ignoring.decode(3, 0x7800_0000, 2)?.denied).toBe(0)
    const readOnlyDirty = [0x83, 1 << 19, 1] as const
    expect(arm64(tcr(48, 2)).decode(...readOnlyDirty)?.denied).toBe(denies.write | denies.user)
    expect(arm64(tcr(48, 2, 1n << 40n)).decode(...readOnlyDirty)?.denied).toBe(denies.user)
  })

  it('should take permissions from PIR where TCR2.PIE says so', () => {
    // Index 2 (DBM): the kernel may do all, user mode nothing. Index 12 (UXN, PXN): both may read and execute.
    const format = arm64(tcr(48, 2), {
      indirection: { privileged: (0xen << 8n) | (0xan << 48n), unprivileged: 0xan << 48n },
    })
    expect(format.decode(3, 1 << 19, 1)?.denied).toBe(denies.user | denies.userExecute)
    expect(format.decode(3, 3 << 21, 1)?.denied).toBe(denies.write)
  })
})
