import { describe, expect, it } from 'vitest'
import { parsePss, pssKiB } from './process-memory.ts'

describe('parsePss', () => {
  it('should take the whole, not one of its parts', () => {
    expect(parsePss('Rss:  900 kB\nPss:   123 kB\nPss_Dirty: 45 kB\n')).toBe(123)
  })

  it('should refuse a text without it', () => {
    expect(() => parsePss('Pss_Dirty: 45 kB\n')).toThrow('Pss: N kB')
  })
})

describe('pssKiB', () => {
  it('should be some megabytes for this very process', () => {
    expect(pssKiB(process.pid)).toBeGreaterThan(5 * 1024)
  })
})
