import type { Command } from 'commander'
import { addFlags } from '../add-flags.ts'
import { type BinariesFlags, binariesFlags } from './flags.ts'

const examples = `
Examples:
  drydock binaries rootfs/                       every program below, as it will see that root
  drydock binaries initrd.img --policy policy.yml
  drydock binaries /usr/bin/ssh --json
Exit codes:
  0  every file keeps the policy    1  one breaks it, or cannot be read    2  wrong usage
`

/** `drydock binaries` as commander has it. */
export const addBinaries = (program: Command): void => {
  const command = program
    .command('binaries')
    .description('judge how ELF files are hardened, without running anything')
    .argument('<path...>', 'files, folders and images')
    .addHelpText('after', examples)
    .action(async (paths: readonly string[], given: BinariesFlags) => {
      const { binaries } = await import('../binaries.ts')
      process.exitCode = await binaries(paths, given)
    })
  addFlags(command, binariesFlags)
}
