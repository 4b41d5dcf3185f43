import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bisect, type Trial } from './bisect.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('bisect', () => {
  it('should find the first bad one, wherever it is, in as few trials as halving takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.nat(60), async (count, turn) => {
        const first = Math.min(turn, count)
        const found = await bisect(numbers(count), async (index) => (index >= first ? 'bad' : 'good'))
        expect(found.firstBad).toBe(first < count ? first : undefined)
        expect(found.lastGood).toBe(first > 0 ? first - 1 : undefined)
        expect(found.tried).toBeLessThanOrEqual(Math.ceil(Math.log2(count + 1)))
      }),
    )
  })

  it('should name those that could not be judged, and never be wrong about the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.array(fc.boolean(), { maxLength: 20 }), async (first, broken) => {
        const judge = async (index: number): Promise<Trial> =>
          broken[index] ? 'skip' : index >= first ? 'bad' : 'good'
        const {
          firstBad = broken.length,
          lastGood = -1,
          skipped,
        } = await bisect(numbers(broken.length), judge)
        expect(lastGood).toBeLessThan(first)
        expect(firstBad).toBeGreaterThanOrEqual(Math.min(first, broken.length))
        expect(skipped).toEqual(
          numbers(broken.length).filter((index) => index > lastGood && index < firstBad),
        )
      }),
    )
  })
})
