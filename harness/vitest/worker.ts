import { recordArtifact, type TestContext } from 'vitest'
import type { ProgressEvent, ProgressListener } from '../common/progress.ts'

type Task = TestContext['task']

/** The test that is running: what it tells about its progress reaches the process that shows it. */
let current: Task | undefined

/** Calls `work` while `task` is the test that progress is told for. */
export const during = async <Result>(task: Task, work: () => Promise<Result>): Promise<Result> => {
  current = task
  try {
    return await work()
  } finally {
    current = undefined
  }
}

/** Sends progress to the process that started vitest. What no one hears is not worth an error. */
export const tellProgress: ProgressListener = (event: ProgressEvent) => {
  if (current !== undefined) recordArtifact(current, { type: 'drydock:progress', event }).catch(() => {})
}

/**
 * A terminal sends Ctrl-C to every process in it. The workers leave the answer to the process that started them: it
 * cancels the run, and the worker then closes its guests and writes its report as at any other end.
 */
export const leaveInterruptsToParent = (): void => {
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
}
