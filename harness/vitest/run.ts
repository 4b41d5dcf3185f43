import { join } from 'node:path'
import type { Reporter } from 'vitest/node'
import type { ProgressListener } from '../common/progress.ts'
import { checkout } from './checkout.ts'
import { exitCodeOfSignal, onInterrupt } from './interruption.ts'
import { DrydockReporter, type RunOutcome } from './reporter.ts'
import type { RunRequest } from './run-context.ts'

export interface VitestRun {
  /** Names of projects in vitest.config.ts; `*` matches any characters. */
  readonly projects: readonly string[]
  /** Absent: the projects' own set-up chooses the reference image. */
  readonly request?: RunRequest
  readonly progress: ProgressListener
  /** Says what is being done about an interruption. */
  readonly say: (line: string) => void
  /** Whether vitest, too, prints each test; on standard error. @default false */
  readonly verbose?: boolean
}

export interface VitestEnd extends RunOutcome {
  /** The exit code where a signal ended the run. */
  readonly interruptedBy: number | undefined
}

/** Runs projects of vitest.config.ts in this process, with workers of their own. */
export const runVitest = async (run: VitestRun): Promise<VitestEnd> => {
  const reporter = new DrydockReporter(run.progress)
  const reporters: (Reporter | 'default')[] = run.verbose === true ? ['default', reporter] : [reporter]
  // vitest colours its words whether or not a terminal shows them, and decides so when it is loaded.
  if (!process.stderr.isTTY) process.env.NO_COLOR ??= '1'
  const { createVitest } = await import('vitest/node')
  const vitest = await createVitest(
    {
      root: checkout,
      config: join(checkout, 'vitest.config.ts'),
      project: [...run.projects],
      watch: false,
      reporters,
    },
    {},
    { stdout: process.stderr, stderr: process.stderr },
  )
  using interruption = onInterrupt((signal) => {
    run.say(`${signal}: closing guests and writing reports; once more to leave at once`)
    vitest.cancelCurrentRun('keyboard-input')
  })
  try {
    vitest.provide('startedAt', Date.now())
    if (run.request !== undefined) vitest.provide('run', run.request)
    await vitest.start()
    const { outcome } = reporter
    if (outcome === undefined) throw new Error('vitest ended without an outcome')
    const { signal } = interruption
    return { ...outcome, interruptedBy: signal === undefined ? undefined : exitCodeOfSignal(signal) }
  } finally {
    await vitest.close()
    // vitest sets it; the command that asked for this run decides by verdicts.
    process.exitCode = undefined
  }
}
