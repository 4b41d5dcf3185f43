import { join } from 'node:path'
import { architectures } from '../common/architecture.ts'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { textColumns } from './text-columns.ts'
import { type TwinRow, type TwinVerdict, twinRows } from './twin-table.ts'

const cells = (row: TwinRow): readonly string[] => [
  row.id,
  row.twin,
  ...architectures.map((architecture) => {
    const pair = row[architecture]
    return pair === undefined ? 'not run' : `${pair.reference} > ${pair.twin}`
  }),
  row.caught ? 'caught' : 'NOT CAUGHT',
]

/** How many of the checks that were run are proven by a twin, in one line. */
const provenLine = (rows: readonly TwinRow[]): string => {
  const checks = new Set(rows.map(({ id }) => id))
  const proven = new Set(rows.filter(({ caught }) => caught).map(({ id }) => id))
  const twins = new Set(rows.map(({ twin }) => twin))
  return `${proven.size} of ${checks.size} checks proven by ${twins.size} twins`
}

/** Check, twin and verdicts (reference image > twin) as text, ending with how much is proven. */
export const twinText = (verdicts: readonly TwinVerdict[]): string => {
  const rows = twinRows(verdicts)
  const table = textColumns([['check', 'twin', ...architectures, ''], ...rows.map(cells)])
  return `${table}\n\n${provenLine(rows)}\n`
}

/** Writes `twins.json`: `{checks: [{id, twin, x86_64: {reference, twin}, arm64: {reference, twin}, caught}]}`. */
export const writeTwins = (reports: string, verdicts: readonly TwinVerdict[]): Promise<void> =>
  writeFileAtomically(
    join(reports, 'twins.json'),
    `${JSON.stringify({ checks: twinRows(verdicts) }, undefined, 2)}\n`,
  )
