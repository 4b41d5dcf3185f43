import { describe, expect, it } from 'vitest'
import { type SeriesTable, seriesSupport, supportedSeries } from './supported-series.ts'
import { seriesTable } from './supported-series-schema.ts'

const table: SeriesTable = {
  date: '2026-03-01',
  sources: ['a test'],
  series: [
    { series: '6.12', released: '2024-11-17', longterm: true, endOfLife: '2028-12', basis: 'projected' },
    { series: '6.17', released: '2025-09-28', longterm: false, endOfLife: '2025-12-18', basis: 'published' },
    { series: '6.19', released: '2026-02-08', longterm: false },
  ],
}
const supportOf = (major: number, minor: number, on: string) =>
  seriesSupport({ major, minor, patch: 7 }, new Date(on), table)

describe('the support of a kernel series', () => {
  it.each([
    [6, 12, '2028-12-31T23:59:59Z', 'supported'],
    [6, 12, '2029-01-01T00:00:00Z', 'end-of-life'],
    [6, 17, '2025-12-18T23:59:59Z', 'supported'],
    [6, 17, '2025-12-19T00:00:00Z', 'end-of-life'],
    [6, 19, '2026-03-01T00:00:00Z', 'supported'],
    [6, 19, '2026-09-01T00:00:00Z', 'unknown'],
    [6, 18, '2026-03-01T00:00:00Z', 'end-of-life'],
    [4, 19, '2026-03-01T00:00:00Z', 'end-of-life'],
    [6, 20, '2026-03-01T00:00:00Z', 'unknown'],
    [7, 0, '2026-03-01T00:00:00Z', 'unknown'],
  ] as const)('of %d.%d on %s should be %s', (major, minor, on, support) => {
    expect(supportOf(major, minor, on).support).toBe(support)
  })

  it('should say that a table older than a year is stale', () => {
    expect(supportOf(6, 12, '2027-03-01T00:00:00Z').stale).toBe(false)
    expect(supportOf(6, 12, '2027-03-02T00:00:01Z')).toMatchObject({ stale: true, tableDate: '2026-03-01' })
  })
})

describe('the table of kernel series', () => {
  it('should have its form', () => {
    expect(seriesTable.parse(supportedSeries)).toEqual(supportedSeries)
  })

  it('should be in order, each series once, and end only after it was released', () => {
    const released = supportedSeries.series.map((entry) => entry.released)
    expect(released).toEqual(released.toSorted())
    const names = supportedSeries.series.map(({ series }) => series)
    expect(new Set(names).size).toBe(names.length)
    for (const { released: from, endOfLife, longterm } of supportedSeries.series) {
      if (longterm) expect(endOfLife).toBeDefined()
      if (endOfLife !== undefined) expect(endOfLife > from.slice(0, endOfLife.length)).toBe(true)
    }
  })
})
