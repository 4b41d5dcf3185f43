import type { Architecture } from '../common/architecture.ts'
import { didYouMean } from '../common/closest.ts'
import { matchesPattern } from './pattern.ts'
import type { Waiver } from './policy.ts'
import type { Evidence, Judgement } from './verdict.ts'

/** Why a waiver fails the run. */
export interface WaiverProblem {
  readonly kind: 'expired' | 'unknown-check' | 'not-needed'
  readonly check: string
  /** `FILE:LINE` of the waiver. */
  readonly at: string
  /** One sentence. */
  readonly message: string
}

/** A check's verdict before waivers. */
export interface Judged {
  readonly id: string
  readonly judgement: Judgement
}

const isExpired = (waiver: Waiver, today: string): boolean => waiver.expires < today

const concerns = (waiver: Waiver, id: string, architecture: Architecture): boolean =>
  waiver.check === id && (waiver.architecture === undefined || waiver.architecture === architecture)

const subjectsOf = (evidence: readonly Evidence[]): readonly string[] =>
  evidence.flatMap(({ subject }) => (subject === undefined ? [] : [subject]))

const covers = (waiver: Waiver, subject: string): boolean =>
  waiver.subjects.some((pattern) => matchesPattern(pattern, subject))

/** `YYYY-MM-DD` in UTC, as waivers count their days. */
export const dayOf = (date: Date): string => date.toISOString().slice(0, 10)

/** The waivers that accept a failure, or undefined where some of what fails is not accepted. */
export const waiversFor = (
  { id, judgement }: Judged,
  architecture: Architecture,
  waivers: readonly Waiver[],
  today: string,
): readonly Waiver[] | undefined => {
  if (judgement.verdict !== 'fail') return undefined
  const subjects = subjectsOf(judgement.evidence)
  const valid = waivers.filter((waiver) => concerns(waiver, id, architecture) && !isExpired(waiver, today))
  const covered = subjects.every((subject) => valid.some((waiver) => covers(waiver, subject)))
  if (subjects.length === 0 || !covered) return undefined
  return valid.filter((waiver) => subjects.some((subject) => covers(waiver, subject)))
}

/**
 * What is wrong with the waivers themselves, after a run on one architecture. A waiver whose check did not run, or came
 * to no decision, is not called unneeded.
 * @param knownIds every check of the catalogue, whether it ran or not
 * @param today `YYYY-MM-DD`
 */
export const waiverProblems = (
  waivers: readonly Waiver[],
  run: { architecture: Architecture; judged: readonly Judged[]; knownIds: readonly string[]; today: string },
): readonly WaiverProblem[] =>
  waivers.flatMap((waiver): WaiverProblem[] => {
    const problem = (kind: WaiverProblem['kind'], message: string): WaiverProblem[] => [
      { kind, check: waiver.check, at: `${waiver.file}:${waiver.line}`, message },
    ]
    if (!run.knownIds.includes(waiver.check)) {
      return problem(
        'unknown-check',
        `waives ${waiver.check}, which is no check${didYouMean(waiver.check, run.knownIds)}`,
      )
    }
    if (waiver.architecture !== undefined && waiver.architecture !== run.architecture) return []
    if (isExpired(waiver, run.today))
      return problem('expired', `the waiver of ${waiver.check} expired after ${waiver.expires}`)
    const judged = run.judged.find(({ id }) => id === waiver.check)
    const decided = ['pass', 'fail', 'absent', 'not-applicable'].includes(judged?.judgement.verdict ?? '')
    if (judged === undefined || !decided) return []
    const failing = judged.judgement.verdict === 'fail' ? subjectsOf(judged.judgement.evidence) : []
    const idle = waiver.subjects.filter(
      (pattern) => !failing.some((subject) => matchesPattern(pattern, subject)),
    )
    return idle.length === 0
      ? []
      : problem(
          'not-needed',
          `waives ${idle.join(', ')} in ${waiver.check}, which did not fail on ${run.architecture}`,
        )
  })
