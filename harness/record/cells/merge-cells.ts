import type { FoundRecord } from '../find-records.ts'
import type { Cell } from './cell.ts'

/** A record, and the folder of the merged report that it belongs into. */
export interface PlacedRecord extends FoundRecord {
  /** `NAME/ARCHITECTURE`, or `NAME@KERNEL/ARCHITECTURE` where a target ran with several kernels. */
  readonly place: string
}

export interface MergedCells {
  readonly records: readonly PlacedRecord[]
  /** Cells of which no record was found. */
  readonly missing: readonly Cell[]
}

const safeName = (text: string): string => text.replace(/[^\w.@+-]/g, '_').replace(/^\.+/, '_')

const cellOf = ({ target, architecture, kernel }: FoundRecord['record']): string =>
  JSON.stringify([target, architecture, kernel])

/** Of several records of one cell, such as of a lost one that ran again, the newest counts. */
const newest = (found: readonly FoundRecord[]): readonly FoundRecord[] => {
  const byCell = new Map<string, FoundRecord>()
  for (const one of found) {
    const known = byCell.get(cellOf(one.record))
    if (known === undefined || known.record.startedAt < one.record.startedAt)
      byCell.set(cellOf(one.record), one)
  }
  return [...byCell.values()]
}

/** Puts the records of cells that ran apart into one report, and says which cells have none. */
export const mergeCells = (found: readonly FoundRecord[], cells: readonly Cell[]): MergedCells => {
  const kept = newest(found)
  const shared = Map.groupBy(kept, ({ record }) => `${record.target} ${record.architecture}`)
  const records = kept.map((one): PlacedRecord => {
    const { target, architecture, kernel } = one.record
    const several = (shared.get(`${target} ${architecture}`)?.length ?? 0) > 1
    const name = several ? `${target}@${kernel ?? 'unknown'}` : target
    return { ...one, place: `${safeName(name)}/${architecture}` }
  })
  const missing = cells.filter(
    ({ target, architecture, kernel }) =>
      !kept.some(
        ({ record }) =>
          record.target === target &&
          record.architecture === architecture &&
          // What a run did not come to know, or the matrix could not, tells nothing.
          (kernel === null || record.kernel === null || record.kernel === kernel),
      ),
  )
  return {
    records: records.sort((one, other) => (one.place < other.place ? -1 : 1)),
    missing,
  }
}
