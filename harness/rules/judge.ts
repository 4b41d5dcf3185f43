import { agree } from './judge/agree.ts'
import { findings } from './judge/findings.ts'
import { refused } from './judge/refused.ts'
import type { Evidence, Judgement } from './verdict.ts'

export type { Agreement, View } from './judge/agree.ts'
export type { Findings } from './judge/findings.ts'
export type { Attempt, RefusedOptions } from './judge/refused.ts'

/** From the one that decides most to the one that decides least. */
const precedence = ['error', 'disagree', 'fail', 'inconclusive', 'pass', 'absent', 'not-applicable'] as const

/** A claim with several parts: the worst part's verdict and reason, with the evidence of all. */
const all = (judgements: readonly Judgement[]): Judgement => {
  const worst = precedence.flatMap((verdict) =>
    judgements.filter((judgement) => judgement.verdict === verdict),
  )[0]
  if (worst === undefined) return { verdict: 'inconclusive', reason: 'nothing was examined', evidence: [] }
  const sameVerdict = judgements.filter(({ verdict }) => verdict === worst.verdict)
  return {
    verdict: worst.verdict,
    reason: [...new Set(sameVerdict.map(({ reason }) => reason))].join('; '),
    evidence: judgements.flatMap(({ evidence }) => evidence),
  }
}

const plain =
  (verdict: 'absent' | 'not-applicable' | 'inconclusive') =>
  (reason: string, evidence: readonly Evidence[] = []): Judgement => ({ verdict, reason, evidence })

/** Ways to come to a verdict that refuse to pass where nothing was really examined. */
export const judge = {
  refused,
  findings,
  agree,
  all,
  /** True only because the thing does not exist; the evidence shows where was looked. */
  absent: plain('absent'),
  /** The CPU model or the kernel cannot have it. */
  notApplicable: plain('not-applicable'),
  inconclusive: plain('inconclusive'),
}
