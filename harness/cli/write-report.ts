import { join } from 'node:path'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { withDifferences } from '../record/parity.ts'
import type { RunRecord } from '../record/record.ts'
import { writeRecord } from '../record/record-file.ts'
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
    const folders = own.map(({ architecture }) => join(reports, name, architecture))
    await writeDifferences(own, folders)
    const runs = await readRuns(folders)
    const path = join(reports, name, 'report.html')
    await writeFileAtomically(path, htmlReport(runs, assets, proofs))
    paths.push(path)
  }
  return paths
}

/** A record is written when its architecture has been judged; what the other came to is known only now. */
const writeDifferences = async (records: readonly RunRecord[], folders: readonly string[]): Promise<void> => {
  for (const [index, record] of withDifferences(records).entries()) {
    const folder = folders[index]
    if (folder !== undefined && record.differences !== null) {
      await writeRecord(join(folder, 'record.json'), record)
    }
  }
}
