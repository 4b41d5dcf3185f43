import type { Command } from 'commander'

const examples = `
Examples:
  drydock history                                every run that \`drydock check\` made with these reports
  drydock history --check root.remount --since 2026-11-01
  drydock history --add reports/old --file all.sqlite
Exit codes:
  0  shown    2  wrong usage, or the file is no history    3  the history cannot be used
`

export const addHistory = (program: Command): void => {
  program
    .command('history')
    .description('show how verdicts and boot times went, over all records that were kept')
    .option('--check <id>', 'only this check')
    .option('--since <day>', 'only runs from that day on (2026-11-24), or of the last days (7d)')
    .option('--add <path...>', 'keep these records, too: files, or folders of reports')
    .option('--file <file>', 'where they are kept', 'reports/history.sqlite')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (flags) => {
      const { history } = await import('./history.ts')
      process.exitCode = await history(flags)
    })
}
