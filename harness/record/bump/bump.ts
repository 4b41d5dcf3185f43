import type { Architecture } from '../../common/architecture.ts'
import type { RunRecord } from '../record.ts'
import { type BumpPolicy, concerns } from './bump-policy.ts'
import { type Comparison, compareRecords } from './compare-records.ts'

/** All records of one side against all of the other. */
export interface Bump {
  readonly comparisons: readonly Comparison[]
  /** What fails the bump beside regressions: a record without a partner, an acceptance that does not hold. */
  readonly problems: readonly string[]
}

interface Pair {
  readonly before: RunRecord
  readonly after: RunRecord
}

const keyOf = ({ target, architecture }: RunRecord): string => `${target} ${architecture}`

/** Records of one target on one architecture belong together; where each side has one target, whatever their names. */
const pairs = (before: readonly RunRecord[], after: readonly RunRecord[]) => {
  const targets = (records: readonly RunRecord[]): number => new Set(records.map(({ target }) => target)).size
  const single = targets(before) === 1 && targets(after) === 1
  const key = (record: RunRecord): string => (single ? record.architecture : keyOf(record))
  const [old, recent] = [before, after].map(
    (records) => new Map(records.map((record) => [key(record), record])),
  )
  const found: Pair[] = []
  const problems: string[] = []
  for (const [name, record] of old ?? []) {
    const partner = recent?.get(name)
    if (partner === undefined)
      problems.push(`${keyOf(record)}: expected a record of it after the bump, found none`)
    else found.push({ before: record, after: partner })
  }
  if (found.length === 0 && problems.length === 0) problems.push('expected records to compare, found none')
  return { found, problems }
}

const accept = (comparison: Comparison, { accept: all, today }: BumpPolicy): Comparison => ({
  ...comparison,
  changes: comparison.changes.map((change) => {
    const acceptance =
      change.kind === 'regressed'
        ? all.find((one) => one.expires >= today && concerns(one, change))
        : undefined
    return acceptance === undefined
      ? change
      : { ...change, accepted: `${acceptance.reason} (until ${acceptance.expires})` }
  }),
})

const acceptanceProblems = (comparisons: readonly Comparison[], policy: BumpPolicy): readonly string[] =>
  policy.accept.flatMap((one) => {
    const what = `${one.at}: ${one.category} ${one.name}`
    if (one.expires < policy.today) return [`${what}: its acceptance expired after ${one.expires}`]
    const needed = comparisons.some(({ changes }) =>
      changes.some((change) => change.kind === 'regressed' && concerns(one, change)),
    )
    return needed ? [] : [`${what}: accepts what has not regressed`]
  })

/** Compares every record of one side with its partner on the other. */
export const bumpOf = (
  before: readonly RunRecord[],
  after: readonly RunRecord[],
  policy: BumpPolicy,
): Bump => {
  const { found, problems } = pairs(before, after)
  const comparisons = found.map((pair) => accept(compareRecords(pair.before, pair.after, policy), policy))
  return { comparisons, problems: [...problems, ...acceptanceProblems(comparisons, policy)] }
}

/** Regressions that nothing accepts. */
export const regressionsOf = ({ comparisons }: Bump): number =>
  comparisons.flatMap(({ changes }) =>
    changes.filter(({ kind, accepted }) => kind === 'regressed' && accepted === undefined),
  ).length

const isTestBedFailure = ({ problems }: RunRecord): boolean =>
  problems.some(({ blame }) => blame === 'testbed')

/** 0 nothing is worse; 1 something is; 3 a run that should be compared failed by its test bed. */
export const exitCodeOfBump = (bump: Bump): 0 | 1 | 3 => {
  if (bump.comparisons.some(({ before, after }) => [before, after].some(isTestBedFailure))) return 3
  return regressionsOf(bump) > 0 || bump.problems.length > 0 ? 1 : 0
}

/** Architectures that were compared, for those who ask. */
export const comparedOn = ({ comparisons }: Bump): readonly Architecture[] =>
  comparisons.map(({ architecture }) => architecture)
