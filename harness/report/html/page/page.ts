import { type Architecture, architectures } from '../../../common/architecture.ts'
import type { RunRecord } from '../../../record/record.ts'
import type { Proofs } from '../../proofs.ts'
import type { Run } from '../../run.ts'
import { type Moments, momentsOf } from './moments.ts'

/** What all parts of one page are made from: runs of one target. */
export interface Page {
  readonly runs: readonly Run[]
  readonly records: readonly RunRecord[]
  /** Those that were run, in their order. */
  readonly architectures: readonly Architecture[]
  readonly proofs: Proofs
  moments(architecture: Architecture): Moments
}

export const pageOf = (runs: readonly Run[], proofs: Proofs): Page => {
  const ordered = architectures.flatMap((architecture) =>
    runs.filter(({ record }) => record.architecture === architecture),
  )
  const moments = new Map(
    ordered.map(({ record, recording }) => [record.architecture, momentsOf(recording)] as const),
  )
  return {
    runs: ordered,
    records: ordered.map(({ record }) => record),
    architectures: [...new Set(ordered.map(({ record }) => record.architecture))],
    proofs,
    moments: (architecture) => moments.get(architecture) ?? new Map(),
  }
}
