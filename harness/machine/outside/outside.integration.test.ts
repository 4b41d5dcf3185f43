import { describe, expect, it, onTestFinished } from 'vitest'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { outside, type PageTableAudit } from './outside.ts'
import { createTestingGuest, type TestingGuestOptions } from './testing/testing-guest.ts'

const bootDeadlineMs = 60_000

const start = async (options: TestingGuestOptions) => {
  const guest = await createTestingGuest(options)
  onTestFinished(async () => await guest[Symbol.asyncDispose]())
  return { guest, view: outside(guest.machine) }
}

const bytes = (ranges: PageTableAudit['writableExecutable']): number =>
  ranges.reduce((sum, { size }) => sum + size, 0)

/** Where a kernel is linked, without KASLR: its first 64 MiB. */
const linkAddress: Record<Architecture, bigint> = {
  x86_64: 0xffffffff81000000n,
  arm64: 0xffff800080000000n,
}

const isAtLinkAddress = (architecture: Architecture, address: bigint): boolean =>
  address - linkAddress[architecture] >= 0n && address - linkAddress[architecture] < 0x400_0000n

/** QEMU's own walk of x86 tables, as HMP prints it: address, entry, flags with X for NX and W. */
const parseTlb = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [, address, flags] = /^([0-9a-f]{16}): [0-9a-f]{16} ([A-Z-]{9})/.exec(line) ?? []
    return address === undefined || flags === undefined || !address.startsWith('ff') ? [] : [{ flags }]
  })

describe.each(architectures)('a real guest from outside, %s', (architecture) => {
  it('should show its protections, its page tables and its disk', { timeout: bootDeadlineMs }, async () => {
    const { guest, view } = await start({ architecture, cpus: 2, memoryMiB: 1024 })
    expect(await view.kernelEntry()).toBeUndefined()
    const booted = guest.boot()
    const entry = await view.waitForKernelEntry({ deadlineMs: 30_000 })
    await booted
    expect(await view.kernelEntry()).toBe(entry)

    const audit = await view.pageTables()
    expect(audit).toMatchObject({ writableExecutable: [], userExecutable: [], truncated: false })
    expect(audit.leaves).toBeGreaterThan(3000)
    expect(audit.durationMs).toBeLessThan(300)

    const text = await view.kernelText()
    expect(text.writable).toEqual([])
    expect(text.range.from <= entry && entry < text.range.to).toBe(true)
    expect(text.range.size).toBeGreaterThan(4 * 1024 * 1024)
    const registers = await view.registers()
    if (registers.architecture === 'x86_64') {
      expect(registers.flags).toEqual(registers.supported)
      expect(registers.flags).toMatchObject({
        WP: true,
        SMEP: true,
        SMAP: true,
        UMIP: true,
        NXE: true,
        CET: false,
      })
    } else {
      expect(registers.flags).toMatchObject({ EnIA: true, BT1: true, SPAN: false, WXN: false })
      expect(registers.supported).toMatchObject({ PAN: true, PAC: true, BTI: true, MTE: false })
      expect(registers.pan).toBe(true)
    }
    expect(await view.allRegisters()).toHaveLength(2)
    expect(await view.blockStatistics()).toMatchObject([{ id: 'disk0', readOnly: false, writtenBytes: 0 }])
    expect(await guest.machine.qmp.execute('query-status')).toMatchObject({ status: 'running' })
  })

  it('should show pages that are writable and executable, and that KASLR is off', {
    timeout: bootDeadlineMs,
  }, async () => {
    const { guest, view } = await start({ architecture, cmdline: 'rodata=off nokaslr' })
    await guest.boot()
    const entry = await view.waitForKernelEntry()
    expect(isAtLinkAddress(architecture, entry)).toBe(true)
    const audit = await view.pageTables()
    expect(bytes(audit.writableExecutable)).toBeGreaterThan(8 * 1024 * 1024)
    expect(audit.writableExecutable.some(({ from, to }) => from <= entry && entry < to)).toBe(true)
    expect(bytes((await view.kernelText()).writable)).toBeGreaterThan(4 * 1024 * 1024)
    if (architecture === 'arm64') return
    // The same machine, walked by QEMU: an oracle that shares no code. A kernel that has just started still unmaps some.
    const difference = async (): Promise<number> => {
      const { leaves } = await view.pageTables()
      return leaves - parseTlb(await guest.machine.qmp.human('info tlb')).length
    }
    await expect.poll(difference, { timeout: 20_000 }).toBe(0)
  })

  it('should find the kernel behind a program that never leaves user mode, with page-table isolation', {
    timeout: bootDeadlineMs,
  }, async () => {
    const { guest, view } = await start({ architecture, init: 'spins', cmdline: 'pti=on kpti=on' })
    await guest.boot()
    const [audit, registers] = await Promise.all([view.pageTables(), view.registers()])
    expect(audit.leaves).toBeGreaterThan(3000)
    expect(audit.writableExecutable).toEqual([])
    expect(registers.architecture).toBe(architecture)
    // Only SMEP keeps the kernel from running a program's pages, but the tables for the kernel do too with isolation.
    expect(await view.userPages()).toMatchObject({ userRunByKernel: [], truncated: false })
    // The way into the kernel, and not its map of all memory.
    const ofProgram = await view.kernelPagesOfUser()
    expect(ofProgram.leaves).toBeGreaterThan(0)
    expect(ofProgram.bytes).toBeLessThan(32 * 1024 * 1024)
  })
})
