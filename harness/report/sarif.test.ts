import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import AjvDraft4 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import type { Log } from 'sarif'
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../record/record.ts'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { verdicts } from '../rules/verdict.ts'
import { sarifReport } from './sarif.ts'
import { hostileText, recordsWith } from './testing/hostile-records.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8'),
)
// A pattern of the schema is none with the `u` flag.
const ajv = new AjvDraft4.default({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

const logOf = (records: readonly RunRecord[]): Log => {
  const log: Log = JSON.parse(sarifReport(records))
  expect(validate(log) ? [] : validate.errors).toEqual([])
  return log
}

describe('sarifReport', () => {
  it('should tell what failed, what is open and what is waived, and nothing of what passed', () => {
    const waivers = [{ reason: 'known', expires: '2027-01-01', at: 'policy.yml:3' }]
    const checks = verdicts.map((verdict) =>
      sampleCheck({ id: `root.${verdict}`, verdict, waivers: verdict === 'waived' ? waivers : [] }),
    )
    const [run] = logOf([sampleRecord({ checks })]).runs
    const kinds = run?.results?.map(({ ruleId, kind, level }) => [ruleId, kind, level])
    expect(kinds).toEqual([
      ['root.fail', 'fail', 'error'],
      ['root.inconclusive', 'open', 'none'],
      ['root.disagree', 'fail', 'error'],
      ['root.waived', 'fail', 'error'],
      ['root.error', 'open', 'none'],
    ])
    expect(run?.results?.find(({ ruleId }) => ruleId === 'root.waived')?.suppressions).toEqual([
      { kind: 'external', justification: 'known (until 2027-01-01, policy.yml:3)' },
    ])
    expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(checks.map(({ id }) => id))
    for (const { ruleId, ruleIndex = -1 } of run?.results ?? [])
      expect(run?.tool.driver.rules?.[ruleIndex]?.id).toBe(ruleId)
  })

  it('should say where a run itself failed', () => {
    const problems = [{ code: 'GUEST_PANIC', blame: 'guest', phase: 'kernel', message: 'died' } as const]
    const [run] = logOf([sampleRecord({ problems, checks: [] })]).runs
    expect(run?.invocations?.[0]).toMatchObject({
      executionSuccessful: false,
      exitCode: 3,
      toolExecutionNotifications: [{ message: { text: 'died' } }],
    })
  })

  it('should be valid whatever the records hold', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), (records) => void logOf(records)),
      { numRuns: 50 },
    )
  })
})
