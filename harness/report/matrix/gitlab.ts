import { stringify } from 'yaml'
import type { Matrix } from '../../record/cells/cell.ts'
import { commandLine } from './cell-script.ts'

/** Folder below which each cell leaves its records. */
const cellsFolder = 'cells'

/** A child pipeline for `trigger: include: artifact`: a job per cell, and one that merges whatever became of them. */
export const gitlabPipeline = (matrix: Matrix): string => {
  const jobs = matrix.cells.map(({ id, architecture, command }) => [
    `cell ${id}`,
    {
      stage: 'cells',
      tags: [architecture],
      script: ['npm ci', commandLine(command)],
      // A cell that was lost runs again; one whose checks fail does not.
      retry: { max: 2, when: ['runner_system_failure', 'stuck_or_timeout_failure'] },
      artifacts: { when: 'always', paths: [`${cellsFolder}/${id}/`] },
    },
  ])
  return stringify({
    stages: ['cells', 'merge'],
    ...Object.fromEntries(jobs),
    merge: {
      stage: 'merge',
      when: 'always',
      script: [
        'npm ci',
        `printf '%s' "$DRYDOCK_MATRIX" > matrix.json`,
        `npx drydock merge ${cellsFolder} --cells matrix.json --out reports`,
      ],
      variables: { DRYDOCK_MATRIX: JSON.stringify(matrix) },
      artifacts: { when: 'always', paths: ['reports/'], reports: { junit: 'reports/*/*/junit.xml' } },
    },
  })
}
