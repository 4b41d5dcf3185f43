import type { TestArtifact } from 'vitest'
import type { Reporter, TestCase, TestModule, TestRunEndReason } from 'vitest/node'
import { type Architecture, isArchitecture } from '../common/architecture.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { RunRecord } from '../record/record.ts'
import type { TwinVerdict } from './twin-table.ts'
import './run-context.ts'

/** A test and how long it took. */
export interface TimedTest {
  readonly project: string
  readonly name: string
  readonly durationMs: number
}

/** What came out of a run of vitest. */
export interface RunOutcome {
  readonly passed: number
  /** Tests that failed, and everything else that went wrong: a file that cannot be loaded, a hook, a stray rejection. */
  readonly failed: number
  readonly skipped: number
  readonly interrupted: boolean
  /** The ten slowest tests, the slowest first. */
  readonly slowest: readonly TimedTest[]
  /** Wall-clock milliseconds of each project's files, added up. */
  readonly projects: Readonly<Record<string, number>>
  readonly records: readonly RunRecord[]
  readonly twins: readonly TwinVerdict[]
  /** What went wrong outside of tests, one text each. */
  readonly errors: readonly string[]
}

const architectureOf = (test: TestCase): Architecture | undefined => {
  const suffix = test.project.name.replace(/^[a-z]+-/, '')
  return isArchitecture(suffix) ? suffix : undefined
}

const shownSlowest = 10

/** Hears what the workers tell, and sums the run up. It prints nothing itself. */
export class DrydockReporter implements Reporter {
  readonly #listener: ProgressListener
  #outcome: RunOutcome | undefined

  constructor(listener: ProgressListener) {
    this.#listener = listener
  }

  /** Undefined until the run has ended. */
  get outcome(): RunOutcome | undefined {
    return this.#outcome
  }

  onTestCaseArtifactRecord(test: TestCase, artifact: TestArtifact): void {
    if (artifact.type !== 'drydock:progress') return
    const architecture = architectureOf(test)
    this.#listener({ ...(architecture === undefined ? {} : { architecture }), ...artifact.event })
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly { readonly message: string }[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length
    const errors = [
      ...modules.flatMap((module) =>
        [module, ...module.children.allSuites()].flatMap((suite) =>
          suite.errors().map(({ message }) => `${module.project.name}: ${message}`),
        ),
      ),
      ...unhandled.map(({ message }) => message),
    ]
    this.#outcome = {
      passed: count('passed'),
      failed: count('failed') + errors.length,
      skipped: count('skipped') + count('pending'),
      interrupted: reason === 'interrupted',
      slowest: slowestOf(tests),
      projects: durationsOf(modules),
      records: modules.flatMap((module) => module.meta().record ?? []),
      twins: modules.flatMap((module) => module.meta().twins ?? []),
      errors,
    }
  }
}

const slowestOf = (tests: readonly TestCase[]): readonly TimedTest[] =>
  tests
    .map((test) => ({
      project: test.project.name,
      name: test.fullName,
      durationMs: test.meta().durationMs ?? test.diagnostic()?.duration ?? 0,
    }))
    .sort((left, right) => right.durationMs - left.durationMs)
    .slice(0, shownSlowest)

const durationsOf = (modules: readonly TestModule[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const module of modules) {
    const name = module.project.name
    sums[name] = (sums[name] ?? 0) + module.diagnostic().duration
  }
  return sums
}
