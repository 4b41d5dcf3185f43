import type { Architecture } from '../common/architecture.ts'
import type { Verdict } from '../rules/verdict.ts'
import type { RunRecord } from './record.ts'

/** The checks that a run came to a decision on. */
export interface Ledger {
  readonly architecture: Architecture
  /** The kernel's release. */
  readonly kernel: string | null
  /** Sorted. */
  readonly ids: readonly string[]
}

const undecided: ReadonlySet<Verdict> = new Set(['inconclusive', 'error'])

export const ledgerOf = (record: RunRecord): Ledger => ({
  architecture: record.architecture,
  kernel: record.kernel,
  ids: record.checks
    .filter(({ verdict }) => !undecided.has(verdict))
    .map(({ id }) => id)
    .sort(),
})

/** The ids that the first ledger decided and the second does not: silence that must not pass for success. */
export const vanished = (before: Ledger, after: Ledger): readonly string[] => {
  const decided = new Set(after.ids)
  return before.ids.filter((id) => !decided.has(id))
}
