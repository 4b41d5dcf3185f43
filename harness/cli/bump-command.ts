import { type Command, Option } from 'commander'

const examples = `
Examples:
  drydock bump reports-old reports               records that were kept: files, or folders of reports
  drydock bump old.yml new.yml                   both are judged first
  drydock bump --kernel debian:6.1 --kernel debian:6.12
Exit codes:
  0  nothing is worse    1  something regressed, or is missing    2  wrong usage    3  the test bed failed
`

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

export const addBump = (program: Command): void => {
  program
    .command('bump')
    .description('say what changed from one record to the next, and what of it is a regression')
    .argument('[old]', 'record, folder of records, or target file')
    .argument('[new]', 'the same, after the bump')
    .option('--kernel <kernel>', 'boot the reference image with it; twice: before and after', collect)
    .option('--policy <file>', 'what is accepted, and how much sizes and times may grow (YAML)')
    .addOption(new Option('--arch <architecture>', 'only one architecture').choices(['x86_64', 'arm64']))
    .addOption(
      new Option('--accel <policy>', 'KVM or emulation')
        .choices(['require', 'prefer', 'never'])
        .default('prefer'),
    )
    .option('--out <dir>', 'where records go that have to be made first', 'reports/bump')
    .addOption(new Option('--json', 'as JSON').conflicts('markdown'))
    .option('--markdown', 'as Markdown, for a summary or a comment')
    .addHelpText('after', examples)
    .action(async (before: string | undefined, after: string | undefined, flags) => {
      const { bump } = await import('./bump.ts')
      process.exitCode = await bump(before, after, flags)
    })
}
