import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTaints, taintOfLetter } from './taint.ts'

describe('taint', () => {
  it('should be told flag by flag', () => {
    expect(readTaints(0n)).toEqual([])
    expect(readTaints(12288n).map(({ letter }) => letter)).toEqual(['O', 'E'])
    expect(readTaints(1n << 17n)).toMatchObject([{ letter: 'T', harmless: true }])
    expect(readTaints(1n << 40n)).toMatchObject([{ bit: 40, letter: '?', harmless: false }])
  })

  it('should lose no bit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (mask) => {
        expect(readTaints(mask).reduce((sum, { bit }) => sum | (1n << BigInt(bit)), 0n)).toBe(mask)
      }),
    )
  })

  it('should explain the letters of modules', () => {
    expect(taintOfLetter('E')).toBe('an unsigned module was loaded')
    expect(taintOfLetter('q')).toContain('does not know')
  })
})
