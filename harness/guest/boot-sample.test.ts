import { describe, expect, it } from 'vitest'
import { type BootSample, bootSample, coldOnly, ofDistinctBoots } from './boot-sample.ts'
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

describe('ofDistinctBoots', () => {
  const first = bootSample('boot 1', '0x1')

  it('should let samples of several boots pass, equal or not', () => {
    const samples = [first, bootSample('boot 2', '0x1')]
    expect(ofDistinctBoots(samples, 'addresses')).toBe(samples)
  })

  it('should refuse two samples of one boot', () => {
    expect(() => ofDistinctBoots([first, bootSample('boot 1', '0x2')], 'addresses')).toThrow(
      expect.objectContaining({
        code: 'FORKED_RANDOMNESS',
        message: expect.stringContaining('addresses, found two of boot 1'),
      }),
    )
  })

  it('should not take what was read of a fork for a sample, nor does the compiler', () => {
    // @ts-expect-error Nobody has said which boot it is of.
    const read: BootSample<string> = { boot: 'boot 1', value: '0x1' }
    expect(() => ofDistinctBoots([first, read], 'addresses')).toThrow(/two of boot 1/)
  })
})
