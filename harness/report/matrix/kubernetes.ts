import { stringify } from 'yaml'
import type { Matrix } from '../../record/cells/cell.ts'
import { cellScript } from './cell-script.ts'
import type { MatrixOptions } from './formats.ts'

/** How often a cell that was lost, or whose test bed failed, is run again. */
const retriesPerCell = 2

/** Seconds: a cell with every check, emulated on a slow node, takes minutes. */
const longestRun = 6 * 3600

/**
 * An Indexed Job (batch/v1, Kubernetes 1.33 or newer, where backoffLimitPerIndex is stable): one index per cell, all on
 * one shared volume. A cell whose checks fail (1) or that was asked for wrongly (2) is not run again.
 */
export const kubernetesJob = ({ cells }: Matrix, { image, claim }: MatrixOptions): string =>
  stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'drydock' },
    spec: {
      completions: cells.length,
      parallelism: cells.length,
      completionMode: 'Indexed',
      backoffLimitPerIndex: retriesPerCell,
      maxFailedIndexes: cells.length,
      activeDeadlineSeconds: longestRun,
      podFailurePolicy: {
        rules: [
          { action: 'FailIndex', onExitCodes: { containerName: 'cell', operator: 'In', values: [1, 2] } },
          // A node that is drained takes no try from the cell.
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'cell',
              image,
              workingDir: '/work',
              command: ['/bin/sh', '-c'],
              args: [[...cellScript(cells, 'JOB_COMPLETION_INDEX'), 'exec "$@"', ''].join('\n')],
              resources: { requests: { cpu: '2', memory: '3Gi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              volumeMounts: [{ name: 'work', mountPath: '/work' }],
            },
          ],
          volumes: [{ name: 'work', persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  })
