import type { RunRecord } from '../record.ts'
import type { Change, Detail } from './change.ts'

/** Boots of each side without which nothing can be said about noise. */
export const fewestBoots = 2

/** Milliseconds: less is not worth a word, whatever its share. */
const smallest = 200

interface Sample {
  readonly least: number
  readonly most: number
  readonly median: number
  readonly count: number
}

const sampleOf = (values: readonly number[]): Sample => {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (index: number): number => sorted[Math.floor(index)] ?? 0
  return {
    least: at(0),
    most: at(sorted.length - 1),
    median: (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2,
    count: sorted.length,
  }
}

const shown = ({ least, most, median, count }: Sample): string =>
  `${Math.round(median)} ms (${Math.round(least)} to ${Math.round(most)} in ${count} boots)`

const directionOf = (before: Sample, after: Sample, factor: number): Detail['kind'] | undefined => {
  const slower = (one: Sample, other: Sample): boolean =>
    other.least > one.most && other.median > one.median * factor && other.median - one.median >= smallest
  if (slower(before, after)) return 'regressed'
  return slower(after, before) ? 'improved' : undefined
}

const phasesOf = (record: RunRecord): ReadonlyMap<string, readonly number[]> => {
  const found = new Map<string, number[]>()
  for (const boot of record.boots) {
    const { prepare: _, ...phases } = boot
    const all = Object.entries({ ...phases, total: Object.values(phases).reduce((sum, one) => sum + one, 0) })
    for (const [phase, milliseconds] of all) found.set(phase, [...(found.get(phase) ?? []), milliseconds])
  }
  return found
}

/** Why boots cannot be compared; undefined where they can. */
export const cannotCompareBoots = (before: RunRecord, after: RunRecord): string | undefined => {
  const fewest = Math.min(before.boots.length, after.boots.length)
  if (fewest < fewestBoots)
    return `${fewest} boots on one side, which say nothing about noise; ${fewestBoots} are needed`
  const [one, other] = [before, after].map(
    ({ accelerator, qemu, cpu }) => `QEMU ${qemu}, ${accelerator?.used}, CPU ${cpu}`,
  )
  return one === other ? undefined : `booted by ${one}, then by ${other}`
}

/** Phases that take longer, or less long, than any boot of the other record. @param factor 1.1: by more than a tenth */
export const bootTimeChanges = (before: RunRecord, after: RunRecord, factor: number): readonly Change[] => {
  const later = phasesOf(after)
  return [...phasesOf(before)].flatMap(([name, values]): Change[] => {
    const times = later.get(name)
    if (times === undefined || Math.min(values.length, times.length) < fewestBoots) return []
    const [from, to] = [sampleOf(values), sampleOf(times)]
    const kind = directionOf(from, to, factor)
    return kind === undefined
      ? []
      : [
          {
            category: 'boot-times',
            name,
            kind,
            details: [{ property: '', before: shown(from), after: shown(to), kind }],
          },
        ]
  })
}
