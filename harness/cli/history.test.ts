import { describe, expect, it } from 'vitest'
import { sinceOf } from './history.ts'

describe('sinceOf', () => {
  const now = new Date('2026-11-24T12:00:00.000Z')
  it('should take a day, or days back from now', () => {
    expect(sinceOf('2026-11-01', now)).toBe('2026-11-01')
    expect(sinceOf('7d', now)).toBe('2026-11-17T12:00:00.000Z')
  })
  it.each(['yesterday', '2026-13-40', '7', '-1d'])('should refuse %s, and say what it takes', (text) => {
    expect(() => sinceOf(text, now)).toThrow(/--since: expected a day such as/)
  })
})
