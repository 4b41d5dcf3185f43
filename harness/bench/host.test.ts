import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadBetween, parseTicks, systemName } from './host.ts'

describe('parseTicks', () => {
  it('should read the line of all processors', () => {
    const text = 'cpu  100 1 50 800 20 0 9 20 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n'
    expect(parseTicks(text)).toEqual({ total: 1000, idle: 820, stolen: 20 })
  })

  it('should read any text without failing', () => {
    assert(property(string(), (text) => parseTicks(text).total >= 0))
  })
})

describe('loadBetween', () => {
  it('should tell work of others on this machine from what the hypervisor took', () => {
    const before = { total: 1000, idle: 800, stolen: 10 }
    expect(loadBetween(before, { total: 1200, idle: 900, stolen: 30 })).toEqual({ busy: 40, stolen: 10 })
  })

  it('should be quiet where no time has passed', () => {
    const ticks = { total: 5, idle: 5, stolen: 0 }
    expect(loadBetween(ticks, ticks)).toEqual({ busy: 0, stolen: 0 })
  })
})

describe('systemName', () => {
  it('should be the name for people', () => {
    expect(systemName('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    )
    expect(systemName('')).toBe('unknown')
  })
})
