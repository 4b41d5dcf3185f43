import type { Matrix } from '../../record/cells/cell.ts'
import { cellScript } from './cell-script.ts'

/** How often a cell whose test bed failed is queued again. */
const mostRestarts = 2

/**
 * A script for sbatch: an array with a task per cell, which leave their records in folders of the directory that it is
 * submitted from. A cell whose node dies is queued again by Slurm, one whose test bed fails (exit code 3) by itself.
 */
export const slurmScript = ({ cells }: Matrix): string =>
  [
    '#!/bin/sh',
    '#SBATCH --job-name=drydock',
    `#SBATCH --array=0-${Math.max(0, cells.length - 1)}`,
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    '#SBATCH --output=drydock-%A_%a.log',
    '#SBATCH --cpus-per-task=2',
    '#SBATCH --mem=3G',
    '# Then, when all have ended: npx drydock merge cells --cells matrix.json (from `drydock matrix --format json`)',
    'set -u',
    ...cellScript(cells, 'SLURM_ARRAY_TASK_ID'),
    `echo "cell $cell, try $((\${SLURM_RESTART_COUNT:-0} + 1)), on $(uname -n)"`,
    '"$@"',
    'code=$?',
    `if [ "$code" -eq 3 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${mostRestarts} ]; then`,
    `  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"`,
    'fi',
    'exit "$code"',
    '',
  ].join('\n')
