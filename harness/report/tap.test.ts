import fc from 'fast-check'
import { Parser } from 'tap-parser'
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../record/record.ts'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { verdicts } from '../rules/verdict.ts'
import { tapReport } from './tap.ts'
import { hostileText, recordsWith } from './testing/hostile-records.ts'

/** Reads TAP as others do; anything that is not TAP is an error. */
const read = (records: readonly RunRecord[]) => {
  const points: { ok: boolean; name: string; skip?: unknown; todo?: unknown; diag?: unknown }[] = []
  const strange: string[] = []
  const parser = new Parser({ strict: true }, () => {})
  parser.on('assert', (point) => points.push(point))
  parser.on('extra', (text) => strange.push(text))
  parser.end(tapReport(records))
  expect(strange).toEqual([])
  return { points, failures: parser.results?.failures ?? [], plan: parser.results?.plan }
}

describe('tapReport', () => {
  it('should keep what is waived and not applicable apart from what passed and failed', () => {
    const checks = verdicts.map((verdict) => sampleCheck({ id: `root.${verdict}`, verdict, reason: 'so' }))
    const { points } = read([sampleRecord({ checks })])
    const seen = points.map(({ ok, skip, todo }, index) => [
      verdicts[index],
      ok,
      skip ?? false,
      todo ?? false,
    ])
    expect(seen).toEqual([
      ['pass', true, false, false],
      ['fail', false, false, false],
      ['absent', true, false, false],
      ['not-applicable', true, 'not applicable: so', false],
      ['inconclusive', false, false, false],
      ['disagree', false, false, false],
      ['waived', false, false, 'waived: so'],
      ['error', false, false, false],
    ])
    expect(points[1]?.diag).toMatchObject({ verdict: 'fail', reason: 'so' })
  })

  it('should be TAP of one point per check, whatever the records hold', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), (records) => {
        const { points } = read(records)
        const expected = records.flatMap(({ checks, problems, waiverProblems }) => [
          ...checks,
          ...problems,
          ...waiverProblems,
        ])
        expect(points).toHaveLength(expected.length)
        expect(tapReport(records)).not.toMatch(/^Bail out!/m)
      }),
      { numRuns: 50 },
    )
  })
})
