/** How a candidate was judged; `skip`: it could not be. */
export type Trial = 'good' | 'bad' | 'skip'

export interface Bisection<Candidate> {
  /** The first bad one, and the last good one before it; undefined: the end that is known already. */
  readonly firstBad: Candidate | undefined
  readonly lastGood: Candidate | undefined
  /** Those between them that could not be judged: the first bad one may be among them. */
  readonly skipped: readonly Candidate[]
  /** How many were tried. */
  readonly tried: number
}

/** The indexes from `low` to `high`, the middle first. */
const outwards = (low: number, high: number): readonly number[] => {
  const middle = Math.floor((low + high) / 2)
  return Array.from({ length: high - low + 1 }, (_, index) => low + index).sort(
    (one, other) => Math.abs(one - middle) - Math.abs(other - middle) || one - other,
  )
}

/**
 * Finds where good turns to bad, between an end that is good and one that is bad, with as few trials as can be; of those
 * that cannot be judged the nearest one that can is tried instead.
 * @param candidates from the good end to the bad one, both ends left out
 */
export const bisect = async <Candidate>(
  candidates: readonly Candidate[],
  judge: (candidate: Candidate) => Promise<Trial>,
): Promise<Bisection<Candidate>> => {
  const skipped = new Set<number>()
  let [good, bad, tried] = [-1, candidates.length, 0]
  for (;;) {
    const next = outwards(good + 1, bad - 1).find((index) => !skipped.has(index))
    const candidate = next === undefined ? undefined : candidates[next]
    if (next === undefined || candidate === undefined) break
    tried += 1
    const trial = await judge(candidate)
    if (trial === 'good') good = next
    else if (trial === 'bad') bad = next
    else skipped.add(next)
  }
  return {
    firstBad: candidates[bad],
    lastGood: candidates[good],
    skipped: candidates.filter((_, index) => index > good && index < bad && skipped.has(index)),
    tried,
  }
}
