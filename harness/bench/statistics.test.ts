import { array, assert, double, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, summarise } from './statistics.ts'

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])('should be the middle of %j', (values, middle) => {
    expect(median(values)).toBe(middle)
  })

  it('should have as many values below as above, whatever their order', () => {
    const values = array(double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 })
    assert(
      property(values, (list) => {
        const middle = median(list)
        const below = list.filter((value) => value < middle).length
        const above = list.filter((value) => value > middle).length
        return below <= list.length / 2 && above <= list.length / 2
      }),
    )
  })

  it('should refuse nothing at all', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('summarise', () => {
  it('should keep the extremes, and leave the samples as they are', () => {
    const samples = [2, 9, 4]
    expect(summarise(samples)).toEqual({ median: 4, min: 2, max: 9 })
    expect(samples).toEqual([2, 9, 4])
  })
})
