import { afterAll, beforeAll, beforeEach, describe, inject, it } from 'vitest'
import { frozenGuest } from '../guest/frozen-guest.ts'
import { boot } from '../guest/guest.ts'
import { openImage } from '../image/image.ts'
import { demandGreen } from './judge-check.ts'
import { loadCases } from './load-cases.ts'
import { selectChecks } from './select-checks.ts'
import { openSession, type Session } from './session.ts'
import { during, leaveInterruptsToParent, tellProgress } from './worker.ts'
import './run-context.ts'

leaveInterruptsToParent()

const architecture = inject('architecture')
const request = inject('run')
const catalogue = await loadCases(request.cases)
const checks = selectChecks(catalogue.list(), request.patterns)
const families = Map.groupBy(checks, ({ id }) => id.slice(0, id.indexOf('.')))

let session: Session
let file: { meta: { record?: unknown } } | undefined

beforeAll(async () => {
  session = await openSession(
    { request, architecture, knownIds: catalogue.ids(), progress: tellProgress },
    { boot, frozenGuest, openImage },
  )
})
beforeEach(({ task }) => {
  file = task.file
})

for (const [family, members] of families) {
  describe.concurrent(family, () => {
    it.for(members.map((check) => [check.id, check] as const))('%s', async ([, check], { task, signal }) => {
      signal.addEventListener('abort', () => session.interrupt())
      const result = await during(task, () => session.judge(check))
      task.meta.verdict = result.verdict
      task.meta.durationMs = result.durationMs
      demandGreen(result)
    })
  })
}

afterAll(async () => {
  const record = await session.close()
  if (file !== undefined) file.meta.record = record
})
