import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attempted } from '../../guest/attempt.ts'
import { refused } from './refused.ts'

const yes: Attempted = { outcome: 'allowed', detail: 'file created' }
const no = (errno = 'EROFS'): Attempted => ({ outcome: 'refused', errno, call: 'openat' })
const never: Attempted = { outcome: 'impossible', reason: 'no mount program' }
const control = yes

describe('refused', () => {
  it('should pass where all attempts are refused and the control is allowed', () => {
    const judgement = refused(
      [
        { what: 'create /x', attempted: no() },
        { what: 'create /y', attempted: no('EPERM') },
      ],
      { control },
    )
    expect(judgement).toMatchObject({
      verdict: 'pass',
      reason: 'all 2 attempts were refused, and the control allowed',
    })
    expect(judgement.evidence.map(({ found }) => found)).toEqual([
      'refused with EROFS by openat',
      'refused with EPERM by openat',
      'allowed: file created',
    ])
    expect(judgement.evidence.every(({ subject }) => subject === undefined)).toBe(true)
  })

  it('should fail where one is allowed, even with a broken control', () => {
    const judgement = refused(
      [
        { what: 'create /x', attempted: yes, subject: '/x' },
        { what: 'create /y', attempted: never },
      ],
      { control: never },
    )
    expect(judgement).toMatchObject({ verdict: 'fail', reason: 'allowed: create /x, of 2 tried' })
    expect(judgement.evidence[0]).toMatchObject({ subject: '/x', expected: 'refused' })
  })

  it.each([
    ['nothing was tried', [], { control }],
    ['a could not be tried: no mount program', [never], { control }],
    ['a ended with EINVAL by openat, which is not a refusal', [no('EINVAL')], { control }],
    [
      'the control, which must be allowed, was not: refused with EROFS by openat; so a refusal proves nothing',
      [no()],
      { control: no() },
    ],
    [
      'the control, which must be allowed, was not: could not be tried: no mount program; so a refusal proves nothing',
      [no()],
      { control: [{ what: 'c', attempted: never }] as const },
    ],
  ])('should be inconclusive: %s', (reason, attempted, options) => {
    const attempts = attempted.map((one) => ({ what: 'a', attempted: one }))
    expect(refused(attempts, options)).toMatchObject({ verdict: 'inconclusive', reason })
  })

  it('should accept further refusals, and be absent where there is nothing to attack', () => {
    const fork = [{ what: 'fork', attempted: no('EAGAIN') }]
    expect(refused(fork, { control, refusals: ['EAGAIN'] }).verdict).toBe('pass')
    expect(refused(fork, { control, absentOn: ['EAGAIN'] }).verdict).toBe('absent')
    expect(
      refused([...fork, { what: 'b', attempted: no() }], { control, absentOn: ['EAGAIN'] }).verdict,
    ).toBe('pass')
  })

  it('should never pass with an attempt that was not refused or a control that was not allowed', () => {
    const attempted = fc.constantFrom(yes, no(), no('EPERM'), no('EINVAL'), never)
    fc.assert(
      fc.property(
        fc.array(attempted, { maxLength: 5 }),
        fc.array(attempted, { minLength: 1, maxLength: 3 }),
        (tried, controls) => {
          const [first = never, ...rest] = controls.map((one) => ({ what: 'c', attempted: one }))
          if (!('what' in first)) return
          const { verdict } = refused(
            tried.map((one) => ({ what: 'a', attempted: one })),
            { control: [first, ...rest] },
          )
          const mayPass =
            tried.length > 0 &&
            tried.every((one) => one.outcome === 'refused' && one.errno !== 'EINVAL') &&
            controls.every((one) => one.outcome === 'allowed')
          expect(verdict === 'pass').toBe(mayPass)
        },
      ),
    )
  })
})
