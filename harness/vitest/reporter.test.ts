import { describe, expect, it } from 'vitest'
import type { TestCase, TestModule } from 'vitest/node'
import type { ProgressEvent } from '../common/progress.ts'
import { DrydockReporter } from './reporter.ts'

/** As much of a test as the reporter looks at. */
const test = (project: string, name: string, state: string, duration = 0, durationMs?: number) =>
  ({
    project: { name: project },
    fullName: name,
    result: () => ({ state }),
    diagnostic: () => ({ duration }),
    meta: () => (durationMs === undefined ? {} : { durationMs }),
  }) as TestCase

const moduleOf = (project: string, tests: readonly TestCase[], errors: readonly string[] = []) =>
  ({
    project: { name: project },
    children: { allTests: () => tests, allSuites: () => [] },
    errors: () => errors.map((message) => ({ message })),
    meta: () => ({}),
    diagnostic: () => ({ duration: 5 }),
  }) as unknown as TestModule

const outcomeOf = (
  modules: readonly TestModule[],
  unhandled: readonly string[] = [],
  reason = 'passed' as const,
) => {
  const reporter = new DrydockReporter(() => {})
  reporter.onTestRunEnd(
    modules,
    unhandled.map((message) => ({ message })),
    reason,
  )
  return reporter.outcome
}

describe('DrydockReporter', () => {
  it('should count tests, and whatever failed beside them as failed', () => {
    const outcome = outcomeOf(
      [
        moduleOf('unit', [
          test('unit', 'a', 'passed'),
          test('unit', 'b', 'skipped'),
          test('unit', 'c', 'failed'),
        ]),
        moduleOf('unit', [], ['cannot be loaded']),
      ],
      ['nobody caught this'],
    )
    expect(outcome).toMatchObject({
      passed: 1,
      failed: 3,
      skipped: 1,
      errors: ['unit: cannot be loaded', 'nobody caught this'],
    })
  })

  it('should name the ten slowest tests, the slowest first, and add up projects', () => {
    const tests = Array.from({ length: 12 }, (_, index) => test('unit', `test ${index}`, 'passed', index))
    const outcome = outcomeOf([moduleOf('unit', tests), moduleOf('unit', []), moduleOf('cases-arm64', [])])
    expect(outcome?.slowest.map(({ durationMs }) => durationMs)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    expect(outcome?.projects).toEqual({ unit: 10, 'cases-arm64': 5 })
  })

  it('should not take the time in the queue for the time of a check', () => {
    const outcome = outcomeOf([moduleOf('cases-arm64', [test('cases-arm64', 'root.a', 'passed', 900, 3)])])
    expect(outcome?.slowest).toEqual([{ project: 'cases-arm64', name: 'root.a', durationMs: 3 }])
  })

  it('should pass on what the workers tell, with the architecture of their project', () => {
    const heard: ProgressEvent[] = []
    const reporter = new DrydockReporter((event) => heard.push(event))
    reporter.onTestCaseArtifactRecord(test('twins-x86_64', 'x', 'pending'), {
      type: 'drydock:progress',
      event: { step: 'kernel', detail: 'init' },
    })
    expect(heard).toEqual([{ architecture: 'x86_64', step: 'kernel', detail: 'init' }])
  })
})
