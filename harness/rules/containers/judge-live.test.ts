import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../judge.ts'
import { compareSides } from './judge-live.ts'

const good = { what: 'net', found: 'net:[7]' }
const bad = { what: 'net', found: 'net:[1], shared with the host', expected: 'a namespace of its own' }

const verdictOf = (...sides: Parameters<typeof compareSides>) => judge.all(compareSides(...sides).judgements)

describe('compareSides', () => {
  it('should pass what both sides see alike, and tabulate both', () => {
    expect(verdictOf('web', [good], [good]).verdict).toBe('pass')
    expect(compareSides('web', [good], [good]).rows).toEqual([
      { container: 'web', property: 'net', host: 'net:[7]', inside: 'net:[7]', expected: undefined },
    ])
  })

  it('should fail once for what both sides see broken, and name it for waivers', () => {
    const { verdict, evidence } = verdictOf('web', [bad], [bad])
    expect(verdict).toBe('fail')
    expect(evidence.flatMap(({ subject }) => subject ?? [])).toEqual(['web:net'])
  })

  it('should call it a contradiction where the container sees something else, good or bad', () => {
    const judgement = verdictOf('web', [good], [bad])
    expect(judgement.verdict).toBe('disagree')
    expect(judgement.reason).toContain('the host sees net:[7], the container net:[1]')
  })

  it('should judge by the one side that sees it', () => {
    expect(verdictOf('web', [bad], []).verdict).toBe('fail')
    expect(verdictOf('web', [], [good]).verdict).toBe('pass')
  })

  it('should never pass where a side saw something bad', () => {
    const side = fc.array(fc.constantFrom(good, bad, { ...good, what: 'pid' }, { ...bad, what: 'pid' }), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(side, side, (host, within) => {
        const { judgements } = compareSides('web', host, within)
        const first = [host, within].flatMap((items) =>
          ['net', 'pid'].flatMap((what) => items.find((one) => one.what === what) ?? []),
        )
        if (first.some((one) => 'expected' in one)) expect(judge.all(judgements).verdict).not.toBe('pass')
      }),
    )
  })
})
