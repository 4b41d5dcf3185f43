import { describe, expect, it } from 'vitest'
import type { Verdict } from '../rules/verdict.ts'
import { exitCodeOfRecords } from './exit-code.ts'
import type { RunRecord } from './record.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

const withVerdicts = (...verdicts: Verdict[]): RunRecord =>
  sampleRecord({ checks: verdicts.map((verdict, index) => sampleCheck({ id: `root.x${index}`, verdict })) })

const withProblem = (blame: RunRecord['problems'][number]['blame']): RunRecord =>
  sampleRecord({ problems: [{ code: 'X', blame, phase: null, message: 'x' }] })

describe('exitCodeOfRecords', () => {
  it.each([
    [0, [withVerdicts('pass', 'absent', 'not-applicable', 'waived')]],
    [1, [withVerdicts('pass', 'fail')]],
    [1, [withVerdicts('pass'), withVerdicts('inconclusive')]],
    [1, [withVerdicts('disagree')]],
    [1, [sampleRecord({ waiverProblems: [{ kind: 'expired', check: 'a.b', at: 'p:1', message: 'x' }] })]],
    [3, [withVerdicts('fail', 'error')]],
    [3, [withVerdicts('pass'), withProblem('guest')]],
    [3, [withProblem('testbed')]],
    [2, [withProblem('usage'), withVerdicts('error')]],
    [3, [withVerdicts('pass'), withVerdicts()]],
    [3, []],
  ])('should be %i for case %#', (code, records) => {
    expect(exitCodeOfRecords(records)).toBe(code)
  })
})
