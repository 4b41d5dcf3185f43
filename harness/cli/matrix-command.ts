import { type Command, Option } from 'commander'

const matrixExamples = `
Examples:
  drydock matrix targets/*.yml --format json > matrix.json
  drydock matrix targets/*.yml --format github >> "$GITHUB_OUTPUT"
  drydock matrix targets/*.yml --format slurm > cells.sh && sbatch cells.sh
  drydock matrix targets/*.yml --format kubernetes --image registry/drydock:1 --claim work | kubectl create -f -
`

const mergeExamples = `
Examples:
  drydock merge cells --cells matrix.json        cells/ID/..., as the commands of the matrix leave them
Exit codes:
  as \`drydock check\`, over all records; 3 where a cell is missing
`

export const addMatrix = (program: Command): void => {
  program
    .command('matrix')
    .description('print what has to run: a cell for each architecture of each target, runnable alone')
    .argument('<target...>', 'target files')
    .addOption(
      new Option('--format <format>', 'for whom')
        .choices(['json', 'github', 'gitlab', 'slurm', 'kubernetes'])
        .default('json'),
    )
    .option('--out <dir>', 'folder below which each cell leaves its records', 'cells')
    .option('--image <image>', 'container image that has Drydock (kubernetes)', 'drydock')
    .option('--claim <name>', 'PersistentVolumeClaim with targets and results (kubernetes)', 'drydock')
    .addHelpText('after', matrixExamples)
    .action(async (targets: string[], flags) => {
      const { matrix } = await import('./matrix.ts')
      process.exitCode = await matrix(targets, flags)
    })
  program
    .command('merge')
    .description('put the records of cells that ran apart into one report')
    .argument('<dir...>', 'folders of reports')
    .option('--cells <file>', 'the matrix as JSON: a cell without a record is a failure')
    .option('--out <dir>', 'folder of the merged report', 'reports')
    .addHelpText('after', mergeExamples)
    .action(async (folders: string[], flags) => {
      const { merge } = await import('./merge.ts')
      process.exitCode = await merge(folders, flags)
    })
}
