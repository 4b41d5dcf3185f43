import { describe, expect, it } from 'vitest'
import { evenly } from './catalogue.ts'

describe('evenly', () => {
  const ids = Array.from({ length: 50 }, (_, index) => `c${index}`)

  it.each([1, 7, 49, 50])('should take %i different ones from all of them', (count) => {
    const taken = evenly(ids, count)
    expect(new Set(taken).size).toBe(count)
    expect(taken[0]).toBe('c0')
  })

  it('should say that there are not so many', () => {
    expect(() => evenly(ids, 51)).toThrow('the catalogue has 50 checks, not 51')
  })
})
