// A thread of `drydock kconfig` for many files: takes one after the other until none is left.
import { parentPort, workerData } from 'node:worker_threads'
import { type FileOutcome, openSession } from './kconfig-judge.ts'
import { type ThreadAnswer, type ThreadRequest, takeNext } from './kconfig-many.ts'

const { request, files, next } = workerData as ThreadRequest
const session = await openSession(request)
const answer: [number, FileOutcome][] = []
for (let index = takeNext(next); index < files.length; index = takeNext(next)) {
  const file = files[index]
  const outcome = file === undefined ? undefined : await session.judge(file).catch(() => undefined)
  if (outcome !== undefined) answer.push([index, outcome])
}
parentPort?.postMessage(answer satisfies ThreadAnswer)
