import { join } from 'node:path'
import { writeFileAtomically } from '../common/atomic-file.ts'
import type { RunRecord } from '../record/record.ts'
import { reportAssets } from '../report/html/assets.ts'
import { htmlReport } from '../report/html/document.ts'
import { readProofs } from '../report/proofs.ts'
import { readRuns } from '../report/run.ts'

/**
 * Writes `report.html` beside the records of each target that was judged, its architectures side by side.
 * @param reports the folder that has `NAME/ARCHITECTURE/record.json`, and `twins.json` where twins were run
 * @returns the paths
 */
export const writeReports = async (
  records: readonly RunRecord[],
  reports: string,
): Promise<readonly string[]> => {
  const proofs = await readProofs(join(reports, 'twins.json'))
  const assets = await reportAssets()
  const paths: string[] = []
  for (const [name, own] of Map.groupBy(records, ({ target }) => target)) {
    const runs = await readRuns(own.map(({ architecture }) => join(reports, name, architecture)))
    const path = join(reports, name, 'report.html')
    await writeFileAtomically(path, htmlReport(runs, assets, proofs))
    paths.push(path)
  }
  return paths
}
