import { join } from 'node:path'
import { architectures } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import { readRecord } from '../../record/record-file.ts'
import { isGreen } from '../../rules/verdict.ts'
import type { Target } from '../../target/target.ts'

/**
 * Ids of the checks that were not passed when the target was last judged, on any of its architectures.
 * @param out folder of the reports
 * @returns undefined where a run ended before its checks: all have to run
 * @throws usage: `BAD_RECORD` where an architecture has no record
 */
export const failedChecks = async (target: Target, out: string): Promise<readonly string[] | undefined> => {
  const ids = new Set<string>()
  for (const architecture of architectures) {
    if (target.guests[architecture] === undefined) continue
    const path = join(out, target.name, architecture, 'record.json')
    const { checks, problems } = await readRecord(path).catch((cause: unknown) => {
      throw new DrydockError(
        `--failed: ${path}: expected the record of an earlier run, found none that can be read`,
        {
          code: 'NO_EARLIER_RUN',
          blame: 'usage',
          hint: 'Run it once without --failed.',
          cause,
        },
      )
    })
    if (checks.length === 0 || problems.length > 0) return undefined
    for (const { id, verdict } of checks) if (!isGreen(verdict)) ids.add(id)
  }
  return [...ids]
}
