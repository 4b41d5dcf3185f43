import { type Command, Option } from 'commander'

const examples = `
Examples:
  drydock bisect --good reports-6.1 --bad reports-7.3 --kernels targets/ --check kernel.bpf
Exit codes:
  0  found    1  between kernels that could not be judged    2  wrong usage    3  the test bed failed
`

export const addBisect = (program: Command): void => {
  program
    .command('bisect')
    .description(
      'find the first kernel on which a check fails, between one where it passed and one where not',
    )
    .requiredOption('--good <record>', 'record, or folder of one, of a run in which it passed')
    .requiredOption('--bad <record>', 'the same, of a later kernel on which it failed')
    .requiredOption('--kernels <dir>', 'folder of target files, each with another kernel')
    .requiredOption('--check <id>', 'the check')
    .addOption(
      new Option('--arch <architecture>', 'where the records have several').choices(['x86_64', 'arm64']),
    )
    .addOption(
      new Option('--accel <policy>', 'KVM or emulation')
        .choices(['require', 'prefer', 'never'])
        .default('prefer'),
    )
    .option('--out <dir>', 'folder of the reports', 'reports/bisect')
    .addHelpText('after', examples)
    .action(async (flags) => {
      const { bisectKernels } = await import('./bisect.ts')
      process.exitCode = await bisectKernels(flags)
    })
}
