import { type BootFact, type BootSample, ofDistinctBoots } from '../../harness/guest/boot-sample.ts'
import type { ColdBootContext } from '../../harness/rules/context.ts'

/**
 * What boots have drawn, of as many of them as it takes.
 * @param isEnough whether the samples so far settle it
 * @param most is how many there are in any case
 * @throws DrydockError `FORKED_RANDOMNESS` where two samples turn out to be of one boot
 */
export const acrossBoots = async <Value>(
  context: ColdBootContext,
  fact: BootFact<Value>,
  isEnough: (values: readonly Value[]) => boolean,
  most: number,
): Promise<readonly BootSample<Value>[]> => {
  const seen: BootSample<Value>[] = []
  for await (const sample of context.boots(fact)) {
    seen.push(sample)
    if (seen.length === most || isEnough(seen.map(({ value }) => value))) break
  }
  return ofDistinctBoots(seen, fact.what)
}
