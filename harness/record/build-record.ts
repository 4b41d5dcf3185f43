import type { Architecture } from '../common/architecture.ts'
import { DrydockError, messageOf } from '../common/errors.ts'
import type { CheckResult } from '../rules/evaluate.ts'
import type { Policy } from '../rules/policy.ts'
import { type Evidence, verdicts } from '../rules/verdict.ts'
import { dayOf, waiverProblems } from '../rules/waivers.ts'
import { containerSections } from './container-sections.ts'
import {
  type RecordedCheck,
  type RecordedFile,
  type RecordedProblem,
  type RunRecord,
  recordSchemaId,
} from './record.ts'
import type { Sections } from './sections.ts'

/** Pieces of evidence kept per check. */
const evidenceLimit = 200

/** Characters kept of one piece of evidence. */
const foundLimit = 4000

/** What is known of a run beside its checks. What the run did not come to know is undefined. */
export interface RunFacts {
  /** Drydock's version. */
  readonly drydock: string
  readonly target: { readonly name: string; readonly source: string }
  readonly architecture: Architecture
  readonly policy: Policy
  /** Every check of the catalogue, whether it ran or not. */
  readonly knownIds: readonly string[]
  readonly accelerator: RunRecord['accelerator'] | undefined
  /** QEMU's version. */
  readonly qemu: string | undefined
  readonly cpu: string | undefined
  readonly firmware?: string | undefined
  /** The kernel's release. */
  readonly kernel: string | undefined
  readonly guests:
    | {
        readonly bootedAt: Date
        readonly fromCache: boolean
        readonly notFrozen: string | undefined
        readonly frozen: string | undefined
      }
    | undefined
  readonly files: readonly RecordedFile[]
  readonly startedAt: Date
  readonly durationMs: number
  /** Milliseconds by phase. */
  readonly timings: Readonly<Record<string, number>>
  /** What the image has; empty where nobody looked. */
  readonly sections: Sections
  /** Milliseconds by phase of each boot up to the login. */
  readonly boots: readonly Readonly<Record<string, number>>[]
  /** The console's log, relative to the record's folder. */
  readonly console: string | undefined
  /** Arguments of `drydock` that repeat the run, without --arch and --case: `['check', 'target.yml']`. */
  readonly command: readonly string[]
  /** What went wrong with the run as a whole. */
  readonly errors: readonly unknown[]
}

const cut = (text: string): string =>
  text.length <= foundLimit
    ? text
    : `${text.slice(0, foundLimit)}… (${text.length - foundLimit} more characters)`

const recordedEvidence = (evidence: readonly Evidence[]): readonly Evidence[] => {
  // What breaks the claim comes first, so that it is never what is left out.
  const ordered = [
    ...evidence.filter(({ subject }) => subject !== undefined),
    ...evidence.filter(({ subject }) => subject === undefined),
  ]
  return ordered.slice(0, evidenceLimit)
}

const recordedCheck = (result: CheckResult): RecordedCheck => {
  const evidence = recordedEvidence(result.evidence)
  return {
    id: result.id,
    title: result.title,
    promise: result.promise,
    severity: result.severity,
    verdict: result.verdict,
    reason: cut(result.reason),
    vantages: [...result.vantages],
    evidence: evidence.map(({ vantage, source, found, expected, subject }) => ({
      vantage,
      source: cut(source),
      found: cut(found),
      ...(expected === undefined ? {} : { expected: cut(expected) }),
      ...(subject === undefined ? {} : { subject: cut(subject) }),
    })),
    evidenceOmitted: result.evidence.length - evidence.length,
    durationMs: result.durationMs,
    remedy: result.remedy,
    twins: [...result.twins],
    waivers: result.waivers.map(({ reason, expires, file, line }) => ({
      reason,
      expires,
      at: `${file}:${line}`,
    })),
  }
}

const problemOf = (error: unknown): RecordedProblem =>
  error instanceof DrydockError
    ? { code: error.code, blame: error.blame, phase: error.phase ?? null, message: cut(error.message) }
    : { code: 'UNEXPECTED', blame: 'testbed', phase: null, message: cut(messageOf(error)) }

const changedFiles = (files: readonly RecordedFile[]): readonly RecordedProblem[] =>
  files
    .filter(({ sha256Before, sha256After }) => sha256Before !== sha256After)
    .map(({ role, path, sha256Before, sha256After }) => ({
      code: 'IMAGE_CHANGED',
      blame: 'testbed',
      phase: null,
      message: `${role} ${path}: expected the image unchanged, ${sha256Before}, found ${sha256After ?? 'a file that cannot be read'} after the run`,
    }))

const recordedGuests = (guests: RunFacts['guests']): RunRecord['guests'] => {
  if (guests === undefined) return null
  const { bootedAt, fromCache, notFrozen = null, frozen = null } = guests
  return { bootedAt: bootedAt.toISOString(), fromCache, notFrozen, frozen }
}

/** The record of a run. Waivers that fail it, and image files that changed, are found here. */
export const buildRecord = (facts: RunFacts, results: readonly CheckResult[]): RunRecord => {
  const counts = new Map(verdicts.map((verdict) => [verdict, 0]))
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return {
    schema: recordSchemaId,
    drydock: facts.drydock,
    target: facts.target.name,
    source: facts.target.source,
    architecture: facts.architecture,
    accelerator: facts.accelerator ?? null,
    qemu: facts.qemu ?? null,
    cpu: facts.cpu ?? null,
    firmware: facts.firmware ?? null,
    kernel: facts.kernel ?? null,
    image: { files: [...facts.files] },
    guests: recordedGuests(facts.guests),
    policy: [...facts.policy.sources],
    startedAt: facts.startedAt.toISOString(),
    durationMs: Math.round(facts.durationMs),
    checks: results.map(recordedCheck),
    waiverProblems: [
      ...waiverProblems(facts.policy.waivers, {
        architecture: facts.architecture,
        judged: results,
        knownIds: facts.knownIds,
        today: dayOf(facts.startedAt),
      }),
    ],
    problems: [...facts.errors.map(problemOf), ...changedFiles(facts.files)],
    summary: Object.fromEntries(counts) as RunRecord['summary'],
    timings: { ...facts.timings },
    sections: { ...facts.sections, ...containerSections(results) },
    differences: null,
    boots: facts.boots.map((boot) => ({ ...boot })),
    console: facts.console ?? null,
    command: [...facts.command],
  }
}
