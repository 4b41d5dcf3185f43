import { readRecord } from '../record/record-file.ts'
import type { Check } from '../rules/catalogue.ts'
import type { GuestUse } from '../rules/context.ts'

/** How long a check may be expected to take, in milliseconds. */
export type ExpectedDuration = (check: Pick<Check, 'id' | 'guest'>) => number

/** A boot until the last shell answers, emulated on a slow host. */
export const expectedBootMs = 15_000

/** For a check that no record tells of. */
const unknown: Readonly<Record<GuestUse, number>> = {
  none: 500,
  shared: 300,
  pristine: 2000,
  'cold-boot': expectedBootMs,
}

/** What the last run measured; a record that is not there, or cannot be read, tells nothing. @param path of it */
export const durationsOfLastRun = async (path: string): Promise<ExpectedDuration> => {
  const record = await readRecord(path).catch(() => undefined)
  const known = new Map(record?.checks.map(({ id, durationMs }): [string, number] => [id, durationMs]))
  return ({ id, guest }) => known.get(id) ?? unknown[guest]
}
