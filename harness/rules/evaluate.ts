import { DrydockError, messageOf } from '../common/errors.ts'
import { CannotJudge } from './cannot-judge.ts'
import type { Check, CheckId, Severity } from './catalogue.ts'
import type { CheckContext } from './context.ts'
import { watchGuest } from './guest-watch.ts'
import type { Waiver } from './policy.ts'
import type { PromiseId } from './promises.ts'
import type { Evidence, Judgement, Vantage, Verdict } from './verdict.ts'
import { dayOf, waiversFor } from './waivers.ts'

/** What a run says of one check on one architecture. */
export interface CheckResult {
  readonly id: CheckId
  /** The claim. */
  readonly title: string
  readonly promise: PromiseId
  readonly severity: Severity
  readonly verdict: Verdict
  /** One sentence. */
  readonly reason: string
  readonly vantages: readonly Vantage[]
  readonly evidence: readonly Evidence[]
  readonly durationMs: number
  /** The verdict before waivers. */
  readonly judgement: Judgement
  /** How a good image comes to pass it. */
  readonly remedy: string
  /** The twins on which it must fail. */
  readonly twins: readonly string[]
  /** Those that accept the failure; empty unless the verdict is `waived`. */
  readonly waivers: readonly Waiver[]
}

export interface EvaluateOptions {
  /** Milliseconds until the check is given up. @default 300000 */
  readonly timeoutMs?: number
  /** `YYYY-MM-DD`, the day against which waivers expire. @default today in UTC */
  readonly today?: string
}

// Against a hang only: boots and commands have deadlines of their own, and a check from outside may wait for the boot.
const defaultTimeoutMs = 300_000

/** Verdicts that need something to rest on. */
const needsEvidence: ReadonlySet<Verdict> = new Set(['pass', 'absent'])

/** Refuses verdicts that contradict their own evidence or rest on nothing. */
const sound = (judgement: Judgement): Judgement => {
  const { verdict, evidence } = judgement
  if (!needsEvidence.has(verdict)) return judgement
  if (evidence.length === 0) {
    return { verdict: 'inconclusive', reason: `the check says ${verdict} but shows no evidence`, evidence }
  }
  const against = evidence.find(({ subject }) => subject !== undefined)
  return against === undefined
    ? judgement
    : {
        verdict: 'error',
        reason: `the check says ${verdict}, but ${against.source} in its evidence speaks against it`,
        evidence,
      }
}

/** Errors that say that the guest keeps Drydock from looking: no login, or a login that is itself held back. */
const blinding = new Set(['NO_SHELL', 'PLACE_UNREACHABLE'])

const judgementOf = (error: unknown): Judgement => {
  if (error instanceof CannotJudge || (error instanceof DrydockError && blinding.has(error.code))) {
    const reason = error instanceof DrydockError ? error.shortMessage : error.message
    return { verdict: 'inconclusive', reason, evidence: [] }
  }
  if (!(error instanceof DrydockError)) return { verdict: 'error', reason: messageOf(error), evidence: [] }
  const reason = error.phase === undefined ? error.shortMessage : `[${error.phase}] ${error.shortMessage}`
  const evidence: Evidence[] =
    error.consoleTail === undefined
      ? []
      : [{ vantage: 'outside', source: 'console', found: error.consoleTail }]
  return { verdict: 'error', reason, evidence }
}

const judgeInTime = async (check: Check, context: CheckContext, timeoutMs: number): Promise<Judgement> => {
  const watch = watchGuest(context, check.id)
  const { promise: timedOut, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = new DrydockError(
      `check ${check.id} did not come to a verdict within ${timeoutMs / 1000} s`,
      {
        code: 'TIMED_OUT',
        blame: 'testbed',
        phase: 'check',
        timedOut: true,
      },
    )
    reject(error)
  }, timeoutMs)
  try {
    const judgement = await Promise.race([check.run(watch.context), watch.died, timedOut])
    const death = watch.deathSeen()
    return death === undefined ? sound(judgement) : judgementOf(death)
  } catch (error) {
    // A guest that dies makes whatever was under way fail first, in a way that says less.
    return judgementOf((await watch.deathAfterFailure()) ?? error)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Runs a check and applies the policy's waivers. Never throws: what goes wrong becomes `error`, and what cannot be
 * judged (CannotJudge, no login) `inconclusive`.
 */
export const evaluate = async (
  check: Check,
  context: CheckContext,
  { timeoutMs = defaultTimeoutMs, today = dayOf(new Date()) }: EvaluateOptions = {},
): Promise<CheckResult> => {
  const start = performance.now()
  const judgement = await judgeInTime(check, context, timeoutMs)
  const { id, promise, severity, vantages, remedy, twins } = check
  const waivers = waiversFor({ id, judgement }, context.architecture, context.policy.waivers, today)
  const until = waivers?.map(({ reason, expires }) => `${reason} (until ${expires})`).join('; ')
  return {
    id,
    title: check.claim,
    promise,
    severity,
    verdict: waivers === undefined ? judgement.verdict : 'waived',
    reason: until === undefined ? judgement.reason : `${judgement.reason}; waived: ${until}`,
    vantages,
    evidence: judgement.evidence,
    durationMs: Math.round(performance.now() - start),
    judgement,
    remedy,
    twins,
    waivers: waivers ?? [],
  }
}
