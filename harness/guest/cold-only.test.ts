import { describe, expect, it } from 'vitest'
import { coldOnly } from './cold-only.ts'
import type { ColdGuest, ForkedGuest } from './guest-states.ts'

const cold = { origin: 'power-on', machine: { origin: 'power-on' } } as ColdGuest
const fork = { origin: 'fork', machine: { origin: 'fork' } } as ForkedGuest
const disguised = { ...cold, machine: { origin: 'fork' } } as ColdGuest

describe('coldOnly', () => {
  it('should let a guest from power-on pass', () => {
    expect(coldOnly(cold, 'addresses')).toBe(cold)
  })

  it('should refuse a fork, as the compiler does', () => {
    const refused = expect.objectContaining({
      code: 'FORKED_RANDOMNESS',
      message: expect.stringContaining('addresses'),
    })
    // @ts-expect-error A fork is not cold.
    expect(() => coldOnly(fork, 'addresses')).toThrow(refused)
    expect(() => coldOnly(disguised, 'addresses')).toThrow(refused)
  })
})
