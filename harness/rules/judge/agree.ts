import type { Evidence, Judgement, Vantage } from '../verdict.ts'

/** One fact as one vantage sees it. */
export interface View {
  readonly vantage: Vantage
  readonly source: string
  /** In a form that can be compared with the other views; undefined where this vantage cannot see it. */
  readonly found: string | undefined
  /** Why it cannot be seen, where it cannot. */
  readonly reason?: string
}

export interface Agreement {
  readonly views: readonly View[]
  /** Whether what all views agree on keeps the claim. */
  readonly good: (found: string) => boolean
  /** In words, what `good` accepts. */
  readonly expected: string
  /** What a waiver names. */
  readonly subject: string
}

/** Two or more vantages must see the same, and it must be good. */
export const agree = ({ views, good, expected, subject }: Agreement): Judgement => {
  const evidence = views.map(({ vantage, source, found, reason }): Evidence => {
    if (found === undefined) return { vantage, source, found: `not visible: ${reason ?? 'no reason given'}` }
    return good(found) ? { vantage, source, found } : { vantage, source, found, expected, subject }
  })
  const seen = views.flatMap(({ vantage, found }) => (found === undefined ? [] : [{ vantage, found }]))
  const values = [...new Set(seen.map(({ found }) => found))]
  const [value] = values
  if (values.length > 1) {
    const told = seen.map(({ vantage, found }) => `${vantage} sees ${found}`).join(', ')
    return { verdict: 'disagree', reason: `the vantages contradict each other: ${told}`, evidence }
  }
  if (value !== undefined && !good(value)) {
    return { verdict: 'fail', reason: `expected ${expected}, found ${value}`, evidence }
  }
  if (value === undefined || new Set(seen.map(({ vantage }) => vantage)).size < 2) {
    const blind = views.find(({ found }) => found === undefined)
    const why =
      blind === undefined ? '' : `: ${blind.source} is not visible, ${blind.reason ?? 'no reason given'}`
    return { verdict: 'inconclusive', reason: `expected two vantages, found ${seen.length}${why}`, evidence }
  }
  return { verdict: 'pass', reason: `${seen.length} views agree on ${value}`, evidence }
}
