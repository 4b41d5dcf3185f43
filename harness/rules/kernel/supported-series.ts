import { compareKernelVersions, type KernelVersion, parseKernelVersion } from './kernel-version.ts'
import table from './supported-series.json' with { type: 'json' }
import type { SeriesTable } from './supported-series-schema.ts'

export type { SeriesTable } from './supported-series-schema.ts'

/**
 * Kept in supported-series.json, which names its day and its sources. The unit tests hold it against its schema, so that
 * a start does not wait for zod.
 */
export const supportedSeries = table as SeriesTable

/** No series but the longterm ones has been kept for longer. */
const shortLifeDays = 140
const staleAfterDays = 365
const millisecondsPerDay = 86_400_000

export interface SeriesSupport {
  /** `unknown`: newer than the table, or too long after the table's day to tell. */
  readonly support: 'supported' | 'end-of-life' | 'unknown'
  /** One sentence. */
  readonly reason: string
  /** The table is older than a year: what it says may be out of date. */
  readonly stale: boolean
  /** The table's own day, `YYYY-MM-DD`. */
  readonly tableDate: string
}

const utc = (date: string): number => Date.parse(`${date}T00:00:00Z`)

/** The end of the last day, in milliseconds; a month stands for its last day. */
const endOf = (text: string): number => {
  const [year = 0, month = 1] = text.split('-').map(Number)
  return text.length === 'YYYY-MM'.length ? Date.UTC(year, month, 1) : utc(text) + millisecondsPerDay
}

/** Whether the series of `version` gets fixes on the day of `on`, so far as the table knows. */
export const seriesSupport = (
  version: KernelVersion,
  on: Date,
  { date, series }: SeriesTable = supportedSeries,
): SeriesSupport => {
  const { major, minor } = version
  const name = `${major}.${minor}`
  const now = on.getTime()
  const stale = now - utc(date) > staleAfterDays * millisecondsPerDay
  const answer = (support: SeriesSupport['support'], reason: string): SeriesSupport => ({
    support,
    reason,
    stale,
    tableDate: date,
  })
  const entry = series.find((candidate) => candidate.series === name)
  if (entry === undefined) {
    const newer = series.every(({ series: text }) => {
      const known = parseKernelVersion(text)
      return known !== undefined && compareKernelVersions({ major, minor }, known) > 0
    })
    return newer
      ? answer('unknown', `Linux ${name} is newer than the table of ${date}`)
      : answer(
          'end-of-life',
          `Linux ${name} is not among the series that got fixes on ${date}, and older than the newest`,
        )
  }
  const kind = entry.longterm ? 'longterm' : 'stable'
  const { endOfLife, released, basis = 'published' } = entry
  if (endOfLife !== undefined) {
    return now < endOf(endOfLife)
      ? answer('supported', `Linux ${name} (${kind}) gets fixes until ${endOfLife} (${basis})`)
      : answer('end-of-life', `Linux ${name} (${kind}) got its last fixes in ${endOfLife} (${basis})`)
  }
  return now < utc(released) + shortLifeDays * millisecondsPerDay
    ? answer('supported', `Linux ${name} (${kind}) was the newest series on ${date}`)
    : answer(
        'unknown',
        `Linux ${name} (${kind}) came on ${released}; no such series has got fixes for longer than ${shortLifeDays} days`,
      )
}
