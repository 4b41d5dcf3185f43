import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readRecord } from '../record/record-file.ts'
import type { Check } from '../rules/catalogue.ts'
import type { Verdict } from '../rules/verdict.ts'
import type { LabParts } from './lab-options.ts'
import { openSession, type SessionOptions } from './session.ts'

/** The reference image's verdicts, by check. */
export type ReferenceVerdicts = ReadonlyMap<string, Verdict>

const fromRecord = async (options: SessionOptions, startedAt: number): Promise<ReferenceVerdicts> => {
  const { reports, target } = options.request
  const path = join(reports, target.name, options.architecture, 'record.json')
  const written = await stat(path).catch(() => undefined)
  if (written === undefined || written.mtimeMs < startedAt) return new Map()
  const { checks } = await readRecord(path)
  return new Map(checks.map(({ id, verdict }) => [id, verdict]))
}

/**
 * Takes the verdicts from the report that this very run has written, and judges the reference image here where there is
 * none: an older report may be of other cases or another image.
 *
 * @param startedAt milliseconds since 1970
 */
export const referenceVerdicts = async (
  checks: readonly Check[],
  options: SessionOptions,
  startedAt: number,
  parts: LabParts,
): Promise<ReferenceVerdicts> => {
  const known = await fromRecord(options, startedAt)
  if (checks.every(({ id }) => known.has(id))) return known
  const session = await openSession(options, parts)
  try {
    await Promise.all(checks.map((check) => session.judge(check)))
  } finally {
    await session.close()
  }
  return await fromRecord(options, startedAt)
}
