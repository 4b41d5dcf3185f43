import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Waiver } from './policy.ts'
import type { Judgement } from './verdict.ts'
import { dayOf, type Judged, waiverProblems, waiversFor } from './waivers.ts'

const waiver = (change: Partial<Waiver> = {}): Waiver => ({
  check: 'elf.pie',
  architecture: undefined,
  subjects: ['/usr/bin/a', '/opt/**'],
  reason: 'upstream',
  expires: '2026-11-24',
  file: 'policy.yml',
  line: 7,
  ...change,
})

const failing = (...subjects: string[]): Judged => ({
  id: 'elf.pie',
  judgement: {
    verdict: 'fail',
    reason: 'no',
    evidence: [
      { vantage: 'at-rest', source: 'initrd', found: 'others are good' },
      ...subjects.map((subject) => ({
        vantage: 'at-rest' as const,
        source: subject,
        found: 'EXEC',
        subject,
      })),
    ],
  },
})

const verdict = (name: Judgement['verdict']): Judged => ({
  id: 'elf.pie',
  judgement: { verdict: name, reason: '', evidence: [] },
})

const today = '2026-11-24'

describe('waiversFor', () => {
  const covered = (judged: Judged, ...waivers: Waiver[]) =>
    waiversFor(judged, 'arm64', waivers, today) !== undefined

  it('should accept a failure only where every subject is covered', () => {
    expect(covered(failing('/usr/bin/a', '/opt/x/.y'), waiver())).toBe(true)
    expect(covered(failing('/usr/bin/a', '/usr/bin/b'), waiver())).toBe(false)
    expect(covered(failing('/usr/bin/a', '/usr/bin/b'), waiver(), waiver({ subjects: ['/usr/*/b'] }))).toBe(
      true,
    )
    expect(covered(failing('/usr/bin/x/b'), waiver({ subjects: ['/usr/*/b'] }))).toBe(false)
  })

  it('should keep to the check, the architecture and the last day', () => {
    const judged = failing('/usr/bin/a')
    expect(covered(judged, waiver({ check: 'elf.relro' }))).toBe(false)
    expect(covered(judged, waiver({ architecture: 'x86_64' }))).toBe(false)
    expect(covered(judged, waiver({ architecture: 'arm64' }))).toBe(true)
    expect(covered(judged, waiver({ expires: '2026-11-23' }))).toBe(false)
  })

  it('should accept nothing but failures that name what failed', () => {
    expect(covered(failing(), waiver())).toBe(false)
    for (const name of ['disagree', 'inconclusive', 'error', 'pass'] as const) {
      expect(
        covered(
          { id: 'elf.pie', judgement: { ...failing('/usr/bin/a').judgement, verdict: name } },
          waiver(),
        ),
      ).toBe(false)
    }
  })

  it('should take subjects with the signs of globs as they are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (subject) => {
        expect(covered(failing(subject), waiver({ subjects: [subject] }))).toBe(true)
        expect(covered(failing(subject, '/usr/bin/b'), waiver({ subjects: ['/usr/bin/b'] }))).toBe(
          subject === '/usr/bin/b',
        )
      }),
    )
  })
})

describe('waiverProblems', () => {
  const problems = (one: Waiver, ...judged: Judged[]) =>
    waiverProblems([one], { architecture: 'arm64', judged, knownIds: ['elf.pie', 'elf.relro'], today }).map(
      ({ kind, at, message }) => `${kind} ${at} ${message}`,
    )

  it('should be content with a waiver that is needed', () => {
    expect(problems(waiver(), failing('/usr/bin/a', '/opt/b'))).toEqual([])
  })

  it('should name a waiver that is needed no longer, also in part', () => {
    expect(problems(waiver(), verdict('pass'))).toEqual([
      'not-needed policy.yml:7 waives /usr/bin/a, /opt/** in elf.pie, which did not fail on arm64',
    ])
    expect(problems(waiver(), failing('/opt/b'))).toEqual([
      'not-needed policy.yml:7 waives /usr/bin/a in elf.pie, which did not fail on arm64',
    ])
  })

  it('should not call a waiver unneeded where nothing was decided', () => {
    expect(problems(waiver())).toEqual([])
    for (const name of ['inconclusive', 'error', 'disagree'] as const)
      expect(problems(waiver(), verdict(name))).toEqual([])
    expect(problems(waiver({ architecture: 'x86_64' }), verdict('pass'))).toEqual([])
  })

  it('should name a waiver that expired or waives no check', () => {
    expect(problems(waiver({ expires: '2026-11-23' }), failing('/usr/bin/a'))).toEqual([
      'expired policy.yml:7 the waiver of elf.pie expired after 2026-11-23',
    ])
    expect(problems(waiver({ check: 'elf.pi' }))).toEqual([
      'unknown-check policy.yml:7 waives elf.pi, which is no check (did you mean "elf.pie"?)',
    ])
  })
})

describe('dayOf', () => {
  it('should count days in UTC', () => {
    expect(dayOf(new Date('2026-11-24T23:59:59.999Z'))).toBe('2026-11-24')
  })
})
