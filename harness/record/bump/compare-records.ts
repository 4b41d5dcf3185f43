import type { Architecture } from '../../common/architecture.ts'
import type { RunRecord } from '../record.ts'
import { bootTimeChanges, cannotCompareBoots } from './boot-times.ts'
import type { BumpPolicy } from './bump-policy.ts'
import { type Category, categories } from './categories.ts'
import type { Change, ChangeKind, Detail, Direction, Properties, Rows } from './change.ts'

/** What two records of one image on one architecture do not have alike. */
export interface Comparison {
  readonly target: string
  readonly architecture: Architecture
  readonly before: RunRecord
  readonly after: RunRecord
  readonly changes: readonly Change[]
  /** Categories that could not be compared, and why. */
  readonly notCompared: readonly { readonly category: string; readonly reason: string }[]
}

/** The worst of several: one regression is not made good by an improvement. */
const worst = (kinds: readonly Detail['kind'][]): Detail['kind'] =>
  kinds.includes('regressed') ? 'regressed' : kinds.includes('improved') ? 'improved' : 'changed'

const detailsOf = (
  before: Properties,
  after: Properties,
  judges: ReturnType<NonNullable<Category['judges']>>,
): readonly Detail[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((property): Detail[] => {
    const [from, to] = [before[property], after[property]]
    if (from === to) return []
    const judge = Object.hasOwn(judges, property) ? judges[property] : undefined
    const direction: Direction = from === undefined || to === undefined ? undefined : judge?.(from, to)
    return [{ property, before: from, after: to, kind: direction ?? 'changed' }]
  })

/** All that a thing has, as details of its coming or going. */
const whole = (properties: Properties, side: 'before' | 'after', kind: ChangeKind): readonly Detail[] =>
  Object.entries(properties).map(([property, value]) => ({
    property,
    before: side === 'before' ? value : undefined,
    after: side === 'after' ? value : undefined,
    kind: kind === 'new' || kind === 'gone' ? 'changed' : kind,
  }))

const changesIn = (category: Category, before: Rows, after: Rows, policy: BumpPolicy): readonly Change[] => {
  const judges = category.judges?.(policy) ?? {}
  const at = { category: category.id }
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name): Change[] => {
    const [from, to] = [before.get(name), after.get(name)]
    if (from === undefined && to !== undefined) {
      const kind = category.appeared?.(to) ?? 'new'
      return [{ ...at, name, kind, details: whole(to, 'after', kind) }]
    }
    if (from !== undefined && to === undefined) {
      const kind = category.disappeared?.(name, from, policy) ?? 'gone'
      return [{ ...at, name, kind, details: whole(from, 'before', kind) }]
    }
    const details = detailsOf(from ?? {}, to ?? {}, judges)
    if (details.length === 0) return []
    return [{ ...at, name, kind: worst(details.map(({ kind }) => kind)), details }]
  })
}

/** The release stands in paths, and is another in each kernel: it says nothing of the image. */
const withoutRelease = (rows: Rows, { kernel }: RunRecord): Rows => {
  if (kernel === null || kernel === '') return rows
  const common = (text: string): string => text.replaceAll(kernel, 'RELEASE')
  return new Map(
    [...rows].map(([name, properties]) => [
      common(name),
      Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, common(value)])),
    ]),
  )
}

/** Compares two records in every category. They should be of one architecture; what each lacks is said, not passed over. */
export const compareRecords = (before: RunRecord, after: RunRecord, policy: BumpPolicy): Comparison => {
  const changes: Change[] = []
  const notCompared: Comparison['notCompared'][number][] = []
  for (const category of categories) {
    const sides = [before, after].map((record) => ({ record, rows: category.rows(record, policy) }))
    const missing = sides.flatMap(({ rows }, index) =>
      'problem' in rows ? [`${index === 0 ? 'before' : 'after'}: ${rows.problem}`] : [],
    )
    const [from, to] = sides.flatMap(({ record, rows }) =>
      'problem' in rows ? [] : [withoutRelease(rows, record)],
    )
    if (missing.length > 0 || from === undefined || to === undefined)
      notCompared.push({ category: category.id, reason: missing.join('; ') })
    else changes.push(...changesIn(category, from, to, policy))
  }
  const reason = cannotCompareBoots(before, after)
  if (reason === undefined) changes.push(...bootTimeChanges(before, after, 1 + policy.tolerance.boot))
  else notCompared.push({ category: 'boot-times', reason })
  const { target, architecture } = after
  return { target, architecture, before, after, changes, notCompared }
}
