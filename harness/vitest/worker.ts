import { recordArtifact, type TestContext } from 'vitest'
import type { ProgressEvent, ProgressListener } from '../common/progress.ts'

type Task = TestContext['task']

/** The tests that are running, or wait for their turn: any of them can carry word to the process that shows progress. */
const running = new Set<Task>()

/** Calls `work` while `task` can carry word of progress. */
export const during = async <Result>(task: Task, work: () => Promise<Result>): Promise<Result> => {
  running.add(task)
  try {
    return await work()
  } finally {
    running.delete(task)
  }
}

/** Sends progress to the process that started vitest. What no one hears is not worth an error. */
export const tellProgress: ProgressListener = (event: ProgressEvent) => {
  const [task] = running
  if (task !== undefined) recordArtifact(task, { type: 'drydock:progress', event }).catch(() => {})
}

/**
 * A terminal sends Ctrl-C to every process in it. The workers leave the answer to the process that started them: it
 * cancels the run, and the worker then closes its guests and writes its report as at any other end.
 */
export const leaveInterruptsToParent = (): void => {
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
}
