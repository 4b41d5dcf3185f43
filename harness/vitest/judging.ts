import type { ProgressListener } from '../common/progress.ts'
import { Trace } from '../record/trace.ts'
import type { Check } from '../rules/catalogue.ts'
import type { GuestUse } from '../rules/context.ts'
import type { CheckResult } from '../rules/evaluate.ts'
import { type ExpectedDuration, expectedBootMs } from './durations.ts'
import { judgeCheck } from './judge-check.ts'
import type { Lab } from './lab.ts'
import type { Preparation, Schedule } from './schedule.ts'

export interface JudgingOptions {
  readonly schedule: Schedule
  readonly expected: ExpectedDuration
  readonly progress?: ProgressListener | undefined
  readonly trace?: Trace | undefined
}

/**
 * Judges checks in a lab when the schedule lets it: those that need a guest once the lab has one.
 * The result rejects only where the schedule was given up before the check began.
 */
export const judgingIn = (
  lab: Lab,
  { schedule, expected, progress, trace = new Trace() }: JudgingOptions,
): ((check: Check) => Promise<CheckResult>) => {
  const guests: Preparation = {
    // Most wait for it.
    expectedMs: 2 * expectedBootMs,
    prepare: () => trace.span('prepare', () => lab.prepare()),
  }
  const boots: Preparation = {
    expectedMs: expectedBootMs,
    holds: guests,
    prepare: () => trace.span('cold boot', () => lab.prepareBoots()),
  }
  const needs: Readonly<Record<GuestUse, Preparation | undefined>> = {
    none: undefined,
    shared: guests,
    pristine: guests,
    'cold-boot': boots,
  }
  return async (check) => {
    lab.announce(check)
    return await schedule.run({
      expectedMs: expected(check),
      holds: guests,
      needs: needs[check.guest],
      uses: check.guest === 'cold-boot' ? guests : undefined,
      run: async () => {
        progress?.({ architecture: lab.spec.architecture, step: 'check', detail: check.id })
        return await trace.span(check.id, () => judgeCheck(lab, check))
      },
    })
  }
}
