import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcessTimes, processTimes } from './process-times.ts'

describe('parseProcessTimes', () => {
  it('should find the fields behind a name with blanks and brackets', () => {
    const stat = '7 (a) b ( c) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 1 0 9 1 1\n'
    expect(parseProcessTimes(stat)).toEqual({ ownMs: 2000, childrenMs: 250 })
  })

  it('should read any text without failing', () => {
    assert(property(string(), (text) => typeof parseProcessTimes(text).ownMs === 'number'))
  })
})

describe('processTimes', () => {
  it('should agree with what node knows of its own process', () => {
    const { user, system } = process.cpuUsage()
    const { ownMs } = processTimes('self')
    expect(Math.abs(ownMs - (user + system) / 1000)).toBeLessThan(100)
  })
})
