import { type Command, Option } from 'commander'
import { withTargetFlags } from './target-options.ts'

const examples = `
Examples:
  drydock baseline image.yml                     writes inventory.yml beside it
  drydock baseline image.yml --out images/inventory.yml --force
Exit codes:
  0  written    2  wrong usage, or the file exists    3  the test bed failed, or the guest died while booting
`

export const addBaseline = (program: Command): void => {
  withTargetFlags(program.command('baseline'))
    .description(
      'boot an image and write down what it has: programs, processes, sockets, mounts and more, to be reviewed',
    )
    .addOption(
      new Option('--accel <policy>', 'KVM or emulation')
        .choices(['require', 'prefer', 'never'])
        .default('prefer'),
    )
    .option('--out <file>', 'where to (default: inventory.yml beside the target file)')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', examples)
    .action(async (target: string | undefined, flags) => {
      const { baseline } = await import('./baseline.ts')
      process.exitCode = await baseline(target, flags)
    })
}
