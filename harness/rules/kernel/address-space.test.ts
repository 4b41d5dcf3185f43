import { describe, expect, it } from 'vitest'
import { bitsGiven } from './address-space.ts'

const facts = { version: { major: 6, minor: 12 }, pageSize: 4096, mmapBits: 28 } as const

describe('bitsGiven', () => {
  it('should be what the kernel computes on x86_64', () => {
    const bits = { program: 28, loader: 28, heap: 18, stack: 22, vdso: 22 }
    expect(bitsGiven({ ...facts, architecture: 'x86_64' })).toEqual(bits)
  })

  it('should know that older x86_64 kernels keep the heap within 32 MiB', () => {
    const heapOf = (minor: number) =>
      bitsGiven({ ...facts, architecture: 'x86_64', version: { major: 6, minor } }).heap
    expect([heapOf(1), heapOf(8), heapOf(9)]).toEqual([13, 13, 18])
  })

  it('should count arm64 in pages of any size', () => {
    const arm64 = { ...facts, architecture: 'arm64', mmapBits: 18 } as const
    expect(bitsGiven(arm64)).toEqual({ program: 18, loader: 18, heap: 18, stack: 18, vdso: 18 })
    expect(bitsGiven({ ...arm64, pageSize: 65536, mmapBits: 14 })).toMatchObject({
      heap: 14,
      stack: 14,
      vdso: 14,
    })
  })
})
