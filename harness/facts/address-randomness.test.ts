import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomnessOf } from './address-randomness.ts'

const page = 4096
const base = 0x5555_5555_4000n

/** Addresses of `draws` pages behind the base. */
const at = (draws: readonly bigint[]) => draws.map((draw) => base + draw * BigInt(page))

describe('randomnessOf', () => {
  it('should find none in addresses that are all the same, or differ within a page', () => {
    expect(randomnessOf(at([7n, 7n, 7n]), page)).toMatchObject({ bits: 0, distinct: 1 })
    expect(randomnessOf([base, base + 16n, base + 4080n], page).bits).toBe(0)
  })

  it('should not take two far places for many', () => {
    expect(randomnessOf([0n, 1n << 40n, 0n, 1n << 40n], page).bits).toBe(1)
  })

  it('should not count bits that are always the same', () => {
    const sixteenPages = 16n * BigInt(page)
    const addresses = Array.from({ length: 32 }, (_, index) => BigInt(index) * sixteenPages)
    expect(randomnessOf(addresses, page).bits).toBe(5)
  })

  it('should never find more than was drawn from', () => {
    const draws = fc.array(fc.bigInt(0n, (1n << 40n) - 1n), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), draws, (bits, drawn) => {
        const addresses = at(drawn.map((draw) => draw % (1n << BigInt(bits))))
        expect(randomnessOf(addresses, page).bits).toBeLessThanOrEqual(bits)
      }),
    )
  })

  it.each([8, 13, 18, 22, 28, 33])('should find %s bits in even draws, to within one', (bits) => {
    const draws = Array.from({ length: 32 }, (_, index) =>
      createHash('sha256').update(`${bits} ${index}`).digest().readBigUInt64LE(),
    )
    const addresses = at(draws.map((draw) => draw % (1n << BigInt(bits))))
    expect(randomnessOf(addresses, page).bits).toBeGreaterThan(bits - 1)
  })

  it('should refuse to say anything of nothing', () => {
    expect(() => randomnessOf([], page)).toThrow(RangeError)
  })
})
