import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { frozenGuest } from '../guest/frozen-guest.ts'
import { boot } from '../guest/guest.ts'
import { openImage } from '../image/image.ts'
import { CoreSlots } from '../machine/core-slots.ts'
import type { Check } from '../rules/catalogue.ts'
import { loadTarget } from '../target/target.ts'
import { durationsOfLastRun } from './durations.ts'
import { NotGreen } from './judge-check.ts'
import { interrupted } from './lab.ts'
import { loadCases } from './load-cases.ts'
import { type ReferenceVerdicts, referenceVerdicts } from './reference-verdicts.ts'
import type { TwinImage } from './run-context.ts'
import { Schedule } from './schedule.ts'
import { selectChecks } from './select-checks.ts'
import { proofOf, type TwinVerdict } from './twin-table.ts'
import { openTwin, planTwins, type TwinLab } from './twins.ts'
import { during, leaveInterruptsToParent, tellProgress } from './worker.ts'

leaveInterruptsToParent()

const parts = { boot, frozenGuest, openImage }
const interruption = new AbortController()
const schedule = new Schedule({ slots: new CoreSlots(), signal: interruption.signal })
const architecture = inject('architecture')
const twins = inject('twins')
const request = { ...inject('run'), target: await loadTarget(inject('reference').release) }
const catalogue = await loadCases()
const checks = selectChecks(catalogue.list(), request.patterns)
const expected = await durationsOfLastRun(
  join(request.reports, request.target.name, architecture, 'record.json'),
)
const plan = planTwins(checks, Object.keys(twins))

const verdicts: TwinVerdict[] = []
let reference: ReferenceVerdicts
let file: { meta: { twins?: readonly TwinVerdict[] } } | undefined

beforeAll(async () => {
  const options = { request, architecture, knownIds: catalogue.ids(), progress: tellProgress }
  reference = await referenceVerdicts(checks, options, inject('startedAt'), parts)
})
beforeEach(({ task }) => {
  file = task.file
})

// A runner that is set up anew for each run would write each frozen twin to its disk for nobody.
const keep: 'cache' | 'run' = process.env.CI === undefined ? 'cache' : 'run'

const twinSuite = (name: string, image: TwinImage, members: readonly Check[]): void => {
  let lab: TwinLab | undefined

  beforeAll(async () => {
    const { accelerator, reports } = request
    const options = {
      name,
      image,
      checks: members,
      architecture,
      accelerator,
      keep,
      reports,
      schedule,
      expected,
    }
    lab = await openTwin({ ...options, progress: tellProgress }, parts)
  })
  it.for(members.map((check) => [check.id, check] as const))('%s', async ([id, check], { task, signal }) => {
    signal.addEventListener('abort', () => {
      interruption.abort(interrupted())
      lab?.interrupt()
    })
    const result = await during(task, async () => lab?.judge(check))
    const row = {
      id,
      twin: name,
      architecture,
      reference: reference.get(id) ?? 'error',
      verdict: result?.verdict,
    }
    verdicts.push(row)
    task.meta.durationMs = result?.durationMs ?? 0
    if (proofOf(row) !== 'survived' || result === undefined) return
    throw new NotGreen({
      ...result,
      reason: `expected ${id} to go from pass to fail on ${name} (${image.flaw}), found ${row.reference} on the reference image and ${result.verdict} here: ${result.reason}`,
    })
  })
  afterAll(() => lab?.[Symbol.asyncDispose]())
}

for (const [name, image] of Object.entries(twins)) {
  const members = plan.checks.get(name) ?? []
  if (members.length > 0) describe.concurrent(name, () => twinSuite(name, image, members))
}

describe('the catalogue', () => {
  it('should name only twins that exist', () => {
    expect(plan.unknown).toEqual([])
  })

  it('should have a check for every twin', () => {
    expect(request.patterns.length > 0 ? [] : plan.unused).toEqual([])
  })

  it('should prove every check on at least one twin', () => {
    const unproven = checks.filter(({ id }) => {
      const rows = verdicts.filter((row) => row.id === id)
      return reference.get(id) !== 'not-applicable' && !rows.some((row) => proofOf(row) === 'proven')
    })
    expect(unproven.map(({ id }) => id)).toEqual([])
  })
})

afterAll(() => {
  if (file !== undefined) file.meta.twins = verdicts
})
