import type { Command } from 'commander'
import { formats } from '../report/formats.ts'

const reportExamples = `
Examples:
  drydock report reports/my-os                   as \`drydock check\` printed it
  drydock report reports/my-os --html --out my-os.html
  drydock report reports/*/arm64 --junit > junit.xml
`

const attestExamples = `
Examples:
  openssl genpkey -algorithm ed25519 -out key.pem
  drydock attest reports/my-os --key key.pem > my-os.intoto.jsonl
`

/** The commands that make something of records at rest. */
export const addReportCommands = (program: Command): void => {
  const report = program
    .command('report')
    .description('make any report from records at rest')
    .argument('<dir...>', 'reports/NAME, or reports/NAME/ARCHITECTURE')
    .option('--html', 'a page: one file that opens from disk')
  for (const { name, about } of formats) report.option(`--${name}`, about)
  report
    .option('--out <file>', 'where to write it (default: standard output)')
    .addHelpText('after', reportExamples)
    .action(async (folders: string[], flags) => {
      const { report: make } = await import('./report.ts')
      await make(folders, flags)
    })
  program
    .command('attest')
    .description("sign what runs came to, as an in-toto test result over the image's digests")
    .argument('<dir...>', 'reports/NAME, or reports/NAME/ARCHITECTURE')
    .requiredOption('--key <file>', 'private key as PEM: Ed25519, or ECDSA on P-256')
    .addHelpText('after', attestExamples)
    .action(async (folders: string[], flags) => {
      const { attest } = await import('./attest.ts')
      await attest(folders, flags)
    })
  program
    .command('schema')
    .description('print the JSON Schema of records')
    .addHelpText('after', '\nExamples:\n  drydock schema > record.schema.json\n')
    .action(async () => {
      const { printSchema } = await import('./schema.ts')
      printSchema()
    })
}
