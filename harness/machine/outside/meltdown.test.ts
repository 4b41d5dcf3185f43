import { describe, expect, it } from 'vitest'
import type { Registers } from './kernel-view.ts'
import { meltdownOf } from './meltdown.ts'

const x86 = (vendor: string, meltdownFree = false) =>
  meltdownOf({ architecture: 'x86_64', vendor, meltdownFree } as Registers).affected
const arm64 = (midr: bigint, meltdownFree: boolean | undefined = undefined) =>
  meltdownOf({ architecture: 'arm64', midr, meltdownFree } as Registers).affected

describe('Meltdown, from outside', () => {
  it("should be a matter of the maker and of the CPU's own word on x86_64", () => {
    expect(x86('GenuineIntel')).toBe(true)
    expect(x86('GenuineIntel', true)).toBe(false)
    expect(x86('AuthenticAMD')).toBe(false)
    expect(x86('SomebodyElse')).toBeUndefined()
  })

  it("should be a matter of the part and of the CPU's own word on arm64", () => {
    expect(arm64(0x460f_0010n)).toBe(true) // A64FX
    expect(arm64(0x460f_0010n, true)).toBe(false)
    expect(arm64(0x410f_d083n)).toBe(false) // Cortex-A72
    expect(arm64(0x000f_0510n)).toBe(false) // QEMU's max
    expect(arm64(0x410f_fff0n)).toBeUndefined()
    expect(arm64(0n)).toBeUndefined()
  })
})
