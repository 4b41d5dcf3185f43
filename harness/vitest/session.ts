import { join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { writeFileAtomically } from '../common/atomic-file.ts'
import type { ProgressListener } from '../common/progress.ts'
import { CoreSlots } from '../machine/core-slots.ts'
import { buildRecord } from '../record/build-record.ts'
import { collectSections } from '../record/collect-sections.ts'
import { hashAgain, hashImage } from '../record/image-files.ts'
import type { RunRecord } from '../record/record.ts'
import { writeRecord } from '../record/record-file.ts'
import type { Sections } from '../record/sections.ts'
import { Trace } from '../record/trace.ts'
import { junitReport } from '../report/junit.ts'
import type { Check, CheckId } from '../rules/catalogue.ts'
import type { CheckResult } from '../rules/evaluate.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import { specOf } from '../target/target.ts'
import { drydockVersion } from './checkout.ts'
import { durationsOfLastRun } from './durations.ts'
import { judgingIn } from './judging.ts'
import { interrupted, type Lab, openLab } from './lab.ts'
import type { LabParts } from './lab-options.ts'
import { openReportFolder } from './report-folder.ts'
import type { RunRequest } from './run-context.ts'
import { Schedule } from './schedule.ts'

/** One image on one architecture, from its hashes before the first check to its report after the last. */
export interface Session {
  judge(check: Check): Promise<CheckResult>
  /** Makes what is under way fail at once, as `error`. */
  interrupt(): void
  /** Closes the guests, then writes `record.json`, `junit.xml`, `trace.json` and the consoles to `reports/NAME/ARCHITECTURE`. */
  close(): Promise<RunRecord>
}

export interface SessionOptions {
  readonly request: RunRequest
  readonly architecture: Architecture
  /** Every check of the catalogue, whether it will run or not. */
  readonly knownIds: readonly string[]
  readonly progress?: ProgressListener
  /** @default those that all runs on this host share */
  readonly slots?: CoreSlots
}

/** What the guests and the artefact tell about the run. */
const factsOf = async (lab: Lab) => {
  const { origin, failure } = lab.guests
  const image = await lab.image().catch(() => undefined)
  return {
    accelerator: origin?.machine.accelerator,
    qemu: origin?.machine.qemu.version,
    cpu: origin?.machine.cpu,
    firmware: origin?.machine.firmware,
    kernel: image?.kernel.release,
    guests: origin,
    bootTimings: origin?.timings ?? {},
    errors: failure === undefined ? [] : [failure],
  }
}

/** Lists what the image has; empty where the image cannot be read, which checks say. */
const sectionsOf = async (lab: Lab): Promise<Sections> => {
  const image = await lab.image().catch(() => undefined)
  if (image === undefined) return {}
  const atRest = { spec: lab.spec, image }
  // A guest is not started for this alone.
  const hasGuests = lab.guests.origin !== undefined && lab.guests.failure === undefined
  const probe = hasGuests
    ? await lab
        .contextFor(reading)
        .probe()
        .catch(() => undefined)
    : undefined
  return await collectSections(atRest, probe === undefined ? undefined : { ...atRest, probe })
}

const reading = { id: 'record.sections' as CheckId, guest: 'shared' } as const

export const openSession = async (options: SessionOptions, parts: LabParts): Promise<Session> => {
  const { request, architecture, knownIds, progress, slots = new CoreSlots() } = options
  const { target, accelerator, fresh, reports } = request
  const keep = fresh ? 'run' : 'cache'
  const startedAt = new Date()
  const spec = specOf(target, architecture)
  const policy = await loadPolicy(target.policyPath)
  const hashed = await hashImage(spec)
  const destination = join(reports, target.name, architecture)
  const expected = await durationsOfLastRun(join(destination, 'record.json'))
  const report = await openReportFolder(destination)
  const trace = new Trace()
  const lab = openLab(
    {
      ...{ target, architecture, accelerator, policy, outDirectory: report.path, keep, progress, trace },
      enterContainers: true,
    },
    parts,
  )
  const interruption = new AbortController()
  const schedule = new Schedule({
    slots,
    signal: interruption.signal,
    onCore: (core, work) => trace.onLane(core, work),
  })
  const judgeWhenFree = judgingIn(lab, { schedule, expected, progress, trace })
  const results: CheckResult[] = []
  const underWay = new Set<Promise<unknown>>()

  const judge = (check: Check): Promise<CheckResult> => {
    const judging = judgeWhenFree(check)
      .then((result) => {
        results.push(result)
        return result
      })
      .finally(() => underWay.delete(judging))
    underWay.add(judging)
    // vitest no longer listens to a test that it has cancelled.
    judging.catch(() => {})
    return judging
  }

  const close = async (): Promise<RunRecord> => {
    // vitest does not wait for it either, and the guest must outlive its checks.
    await Promise.allSettled(underWay)
    // Those who ask for single checks wait for nothing else.
    const sections = request.patterns.length === 0 ? await trace.span('lists', () => sectionsOf(lab)) : {}
    await lab[Symbol.asyncDispose]()
    const { bootTimings, ...facts } = await factsOf(lab)
    const durationMs = Date.now() - startedAt.getTime()
    const record = buildRecord(
      {
        ...facts,
        drydock: await drydockVersion(),
        target,
        architecture,
        policy,
        knownIds,
        files: await hashAgain(hashed),
        startedAt,
        durationMs,
        timings: { ...bootTimings, checks: sum(results), total: durationMs },
        console: facts.accelerator === undefined ? undefined : 'console.log',
        sections,
        boots: lab.guests.boots,
        command: request.command,
      },
      inOrder(results, knownIds),
    )
    await writeRecord(join(report.path, 'record.json'), record)
    await writeFileAtomically(join(report.path, 'junit.xml'), junitReport([record]))
    await writeFileAtomically(join(report.path, 'trace.json'), trace.toJson(`${target.name} ${architecture}`))
    await report.publish()
    return record
  }

  const interrupt = (): void => {
    interruption.abort(interrupted())
    lab.interrupt()
  }

  return { judge, interrupt, close }
}

/** The schedule decides which check comes first; a record has them as the catalogue has. */
const inOrder = (results: readonly CheckResult[], ids: readonly string[]): readonly CheckResult[] => {
  const places = new Map(ids.map((id, index) => [id, index]))
  const placeOf = ({ id }: CheckResult): number => places.get(id) ?? ids.length
  return results.toSorted((one, other) => placeOf(one) - placeOf(other))
}

const sum = (results: readonly CheckResult[]): number =>
  results.reduce((total, { durationMs }) => total + durationMs, 0)
