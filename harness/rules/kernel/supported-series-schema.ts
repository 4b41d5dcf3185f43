import { z } from 'zod'

const day = z.iso.date()
const monthOrDay = z.union([day, z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)])

/** The form of supported-series.json. */
export const seriesTable = z.strictObject({
  /** The day on which the table was true. */
  date: day,
  /** Where it was taken from. */
  sources: z.array(z.string()).min(1),
  series: z.array(
    z.strictObject({
      series: z.string().regex(/^\d+\.\d+$/),
      released: day,
      longterm: z.boolean(),
      /** The last day, or the month whose end it is; absent: not known, for the newest series. */
      endOfLife: monthOrDay.optional(),
      basis: z.enum(['published', 'projected', 'estimated']).optional(),
    }),
  ),
})

/** Which kernel series got fixes on a given day. */
export type SeriesTable = z.infer<typeof seriesTable>
