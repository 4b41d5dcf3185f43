import type { Evidence, Judgement, Vantage } from '../verdict.ts'

export interface Findings {
  readonly vantage: Vantage
  /** Where was looked. */
  readonly source: string
  /** What breaks the claim, each with its `subject`. */
  readonly bad: readonly Evidence[]
  /** What was examined and keeps the claim. */
  readonly good: readonly Evidence[]
  /** How many things must at least have been examined for a pass to mean anything. @default 1 */
  readonly expectedAtLeast?: number
  /** Plural, for the reason. @default 'things' */
  readonly what?: string
}

/** Evidence in favour shown one by one at most; more is counted. */
const goodShown = 10

/** Things were examined one by one: fails for any bad one, passes only where enough were examined. */
export const findings = ({
  vantage,
  source,
  bad,
  good,
  expectedAtLeast = 1,
  what = 'things',
}: Findings): Judgement => {
  const examined = bad.length + good.length
  const rest = good.length - goodShown
  const evidence: Evidence[] = [
    ...bad.map((item) => ({ ...item, subject: item.subject ?? item.source })),
    ...good.slice(0, goodShown).map(({ subject: _, ...item }) => item),
    ...(rest > 0 ? [{ vantage, source, found: `${rest} more ${what} that keep the claim` }] : []),
  ]
  if (bad.length > 0) {
    return {
      verdict: 'fail',
      reason: `${bad.length} of ${examined} ${what} examined break the claim`,
      evidence,
    }
  }
  if (examined < Math.max(1, expectedAtLeast)) {
    const found = examined === 0 ? 'none' : `only ${examined}`
    return {
      verdict: 'inconclusive',
      reason: `expected at least ${Math.max(1, expectedAtLeast)} ${what} to examine in ${source}, found ${found}`,
      evidence,
    }
  }
  return { verdict: 'pass', reason: `all ${examined} ${what} examined keep the claim`, evidence }
}
