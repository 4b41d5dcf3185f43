import { describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import type { Evidence } from './verdict.ts'

const seen = (source: string, subject?: string): Evidence => ({
  vantage: 'at-rest',
  source,
  found: 'no PIE',
  ...(subject === undefined ? {} : { subject }),
})
const base = { vantage: 'at-rest', source: 'initrd', what: 'programs' } as const

describe('judge.findings', () => {
  it('should fail for one bad thing, which gets a subject', () => {
    const judgement = judge.findings({ ...base, bad: [seen('/bin/a')], good: [seen('/bin/b')] })
    expect(judgement).toMatchObject({ verdict: 'fail', reason: '1 of 2 programs examined break the claim' })
    expect(judgement.evidence[0]?.subject).toBe('/bin/a')
  })

  it('should count good things rather than show all of them', () => {
    const good = Array.from({ length: 30 }, (_, i) => seen(`/bin/${i}`, 'ignored'))
    const judgement = judge.findings({ ...base, bad: [], good })
    expect(judgement).toMatchObject({ verdict: 'pass', reason: 'all 30 programs examined keep the claim' })
    expect(judgement.evidence).toHaveLength(11)
    expect(judgement.evidence.at(-1)?.found).toBe('20 more programs that keep the claim')
    expect(judgement.evidence.every(({ subject }) => subject === undefined)).toBe(true)
  })

  it('should be inconclusive where too little was examined', () => {
    expect(judge.findings({ ...base, bad: [], good: [] })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'expected at least 1 programs to examine in initrd, found none',
    })
    expect(judge.findings({ ...base, bad: [], good: [seen('/a')], expectedAtLeast: 5 }).verdict).toBe(
      'inconclusive',
    )
    expect(judge.findings({ ...base, bad: [], good: [], expectedAtLeast: 0 }).verdict).toBe('inconclusive')
  })
})

describe('judge.agree', () => {
  const inside = (found: string | undefined) =>
    ({ vantage: 'inside', source: '/proc/cpuinfo', found }) as const
  const outside = (found: string | undefined) => ({ vantage: 'outside', source: 'CR4', found }) as const
  const options = { good: (found: string) => found === 'on', expected: 'on', subject: 'smep' }

  it.each([
    ['pass', [inside('on'), outside('on')]],
    ['fail', [inside('off'), outside('off')]],
    ['disagree', [inside('on'), outside('off')]],
    ['fail', [outside('off'), inside(undefined)]],
    ['inconclusive', [outside('on'), inside(undefined)]],
    ['inconclusive', [outside('on'), outside('on')]],
    ['inconclusive', []],
  ])('should %s', (verdict, views) => {
    expect(judge.agree({ ...options, views }).verdict).toBe(verdict)
  })
})

describe('judge.all', () => {
  const of = (...verdicts: ('pass' | 'absent' | 'fail' | 'disagree' | 'inconclusive' | 'not-applicable')[]) =>
    judge.all(verdicts.map((verdict) => ({ verdict, reason: verdict, evidence: [] }))).verdict

  it('should take the worst part, and never pass for nothing', () => {
    expect(of('pass', 'fail', 'inconclusive')).toBe('fail')
    expect(of('fail', 'disagree')).toBe('disagree')
    expect(of('pass', 'inconclusive')).toBe('inconclusive')
    expect(of('absent', 'pass')).toBe('pass')
    expect(of('not-applicable', 'absent')).toBe('absent')
    expect(of()).toBe('inconclusive')
  })
})
