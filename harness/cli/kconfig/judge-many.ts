import module from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type FileOutcome, type KconfigSession, openSession, type SessionRequest } from './session.ts'

/** A thread starts in the time in which some twenty files are judged. */
const filesPerThread = 24

/** What a thread is given. */
export interface ThreadRequest {
  readonly request: SessionRequest
  readonly files: readonly string[]
  /** One 32-bit number in shared memory: the index of the next file that nobody has taken. */
  readonly next: SharedArrayBuffer
  /** This module's file, in the sources or in a bundle. */
  readonly module: string
  /** Where node keeps compiled code; undefined where it keeps none. */
  readonly compileCache: string | undefined
}

/** What a thread says at its end; files that it failed at are left out. */
export type ThreadAnswer = readonly (readonly [index: number, outcome: FileOutcome])[]

/** The index of a file that is from now on the caller's; beyond the last one where none is left. */
const takeNext = (next: SharedArrayBuffer): number => Atomics.add(new Int32Array(next), 0, 1)

/** What a thread does: one file after the other until none is left. */
export const answerTo = async ({ request, files, next }: ThreadRequest): Promise<ThreadAnswer> => {
  const session = await openSession(request)
  const answer: [number, FileOutcome][] = []
  for (let index = takeNext(next); index < files.length; index = takeNext(next)) {
    const file = files[index]
    const outcome = file === undefined ? undefined : await session.judge(file).catch(() => undefined)
    if (outcome !== undefined) answer.push([index, outcome])
  }
  return answer
}

/** How many threads beside this one are worth their start. */
export const helpersFor = (files: number, processors: number = availableParallelism()): number =>
  Math.max(0, Math.min(processors, Math.floor(files / filesPerThread)) - 1)

/** Judges many files on all processors; the outcomes are in the order of the files. @throws as `session.judge` does */
export const judgeMany = async (
  files: readonly string[],
  session: KconfigSession,
  request: SessionRequest,
): Promise<readonly FileOutcome[]> => {
  const next = new SharedArrayBuffer(4)
  const compiled = module.getCompileCacheDir()
  const workerData: ThreadRequest = {
    request,
    files,
    next,
    module: import.meta.filename,
    // Node puts a folder for its own version into the one that it is given.
    compileCache: compiled === undefined ? undefined : dirname(compiled),
  }
  const answers = Array.from({ length: helpersFor(files.length) }, () => answerOf(workerData))
  const outcomes = new Map<number, FileOutcome>()
  for (let index = takeNext(next); index < files.length; index = takeNext(next)) {
    const file = files[index]
    if (file !== undefined) outcomes.set(index, await session.judge(file))
  }
  for (const answer of await Promise.all(answers)) {
    for (const [index, outcome] of answer) outcomes.set(index, outcome)
  }
  // A file that another thread failed at fails here as well, with an error that is whole.
  return await Promise.all(
    files.map(async (file, index) => outcomes.get(index) ?? (await session.judge(file))),
  )
}

/** A thread that ends without an answer has left its files to this one. */
const answerOf = (workerData: ThreadRequest): Promise<ThreadAnswer> =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('thread.mjs', import.meta.url), { workerData })
    worker.once('message', resolve)
    worker.once('error', () => resolve([]))
    worker.once('exit', () => resolve([]))
  })
