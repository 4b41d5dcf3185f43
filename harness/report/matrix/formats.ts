import type { Architecture } from '../../common/architecture.ts'
import type { Matrix } from '../../record/cells/cell.ts'
import { gitlabPipeline } from './gitlab.ts'
import { kubernetesJob } from './kubernetes.ts'
import { slurmScript } from './slurm.ts'

export interface MatrixOptions {
  /** Container image with Drydock in it, for Kubernetes. */
  readonly image: string
  /** PersistentVolumeClaim that all cells share, for Kubernetes. */
  readonly claim: string
}

/** GitHub's own runners, by what they run natively. */
const githubRunners: Readonly<Record<Architecture, string>> = {
  x86_64: 'ubuntu-24.04',
  arm64: 'ubuntu-24.04-arm',
}

/** One line, for `strategy.matrix: ${{ fromJSON(...) }}`. */
const githubMatrix = ({ cells }: Matrix): string =>
  `${JSON.stringify({
    include: cells.map(({ id, target, file, architecture, kernel, command }) => ({
      ...{ id, target, file, architecture, kernel: kernel ?? '', runner: githubRunners[architecture] },
      command,
    })),
  })}\n`

/** How a matrix is printed, by the value of --format. */
export const matrixFormats = {
  json: (matrix) => `${JSON.stringify(matrix, undefined, 2)}\n`,
  github: githubMatrix,
  gitlab: gitlabPipeline,
  slurm: slurmScript,
  kubernetes: kubernetesJob,
} as const satisfies Readonly<Record<string, (matrix: Matrix, options: MatrixOptions) => string>>

export type MatrixFormat = keyof typeof matrixFormats
