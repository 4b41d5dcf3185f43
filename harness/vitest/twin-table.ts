import { type Architecture, architectures } from '../common/architecture.ts'
import type { Verdict } from '../rules/verdict.ts'

/** The verdicts of one check on one twin and on the image that the twin is a copy of. */
export interface TwinVerdict {
  readonly id: string
  readonly twin: string
  readonly architecture: Architecture
  /** On the reference image. */
  readonly reference: Verdict
  /** On the twin; absent where the twin does not exist on this architecture. */
  readonly verdict: Verdict | undefined
}

interface Pair {
  readonly reference: Verdict
  readonly twin: Verdict
}

/** One line of reports/twins.json. An architecture that was not run is absent. */
export interface TwinRow {
  readonly id: string
  readonly twin: string
  readonly x86_64?: Pair
  readonly arm64?: Pair
  /** Whether the check went from good to bad wherever both it and the twin can exist. */
  readonly caught: boolean
}

/** `proven`: the flaw was seen. `idle`: check or twin do not exist there. `survived`: the check proves nothing. */
export type Proof = 'proven' | 'idle' | 'survived'

/**
 * A check that fails on the reference image as well does not prove that it sees the flaw. One that is waived there does:
 * the same waivers hold on the twin, so it fails only for something new.
 */
export const proofOf = ({ reference, verdict }: Pick<TwinVerdict, 'reference' | 'verdict'>): Proof => {
  if (verdict === undefined) return 'idle'
  const bad = verdict === 'fail' || verdict === 'disagree'
  // A twin may have a CPU that the claim is about, unlike the reference image.
  if (reference === 'not-applicable') return bad ? 'proven' : 'idle'
  const good = reference === 'pass' || reference === 'absent' || reference === 'waived'
  return good && bad ? 'proven' : 'survived'
}

/** One row per check and twin, in the order in which they were run. */
export const twinRows = (verdicts: readonly TwinVerdict[]): readonly TwinRow[] => {
  const byPair = Map.groupBy(verdicts, ({ id, twin }) => `${id} ${twin}`)
  return [...byPair.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const proofs = group.map(proofOf)
    const pairs = architectures.flatMap((architecture) => {
      const found = group.find((verdict) => verdict.architecture === architecture)
      return found === undefined
        ? []
        : [[architecture, { reference: found.reference, twin: found.verdict ?? 'not-applicable' }]]
    })
    return [
      {
        id: first.id,
        twin: first.twin,
        ...(Object.fromEntries(pairs) as Partial<Record<Architecture, Pair>>),
        caught: proofs.includes('proven') && !proofs.includes('survived'),
      },
    ]
  })
}
