import { dirname, join, resolve } from 'node:path'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { DrydockError } from '../common/errors.ts'
import { formats } from '../report/formats.ts'
import { reportAssets } from '../report/html/assets.ts'
import { htmlReport } from '../report/html/document.ts'
import { readProofs } from '../report/proofs.ts'
import { type Run, readRuns } from '../report/run.ts'
import { terminalReport, textOptionsFor } from '../report/terminal.ts'
import { printOut } from './print-out.ts'

/** At most one format is true; `out` is a file. */
export type ReportFlags = Readonly<Record<string, boolean | string | undefined>> & {
  readonly html?: boolean
  readonly out?: string
}

const wrong = (message: string, hint: string): DrydockError =>
  new DrydockError(message, { code: 'BAD_REPORT', blame: 'usage', hint })

const demandOneTarget = (runs: readonly Run[]): void => {
  const targets = [...new Set(runs.map(({ record }) => record.target))]
  if (targets.length > 1)
    throw wrong(
      `expected runs of one target for a page, found ${targets.join(', ')}`,
      'Give the folders of one target: reports/NAME.',
    )
}

const made = async (runs: readonly Run[], folder: string, flags: ReportFlags): Promise<string> => {
  const chosen = [
    ...(flags.html === true ? ['html'] : []),
    ...formats.flatMap(({ name }) => (flags[name] === true ? [name] : [])),
  ]
  if (chosen.length > 1)
    throw wrong(`expected one format, found --${chosen.join(' and --')}`, 'Run it once for each format.')
  const records = runs.map(({ record }) => record)
  const format = formats.find(({ name }) => name === chosen[0])
  if (format !== undefined) return format.make(records)
  if (flags.html !== true) return terminalReport(records, textOptionsFor(process.stdout, process.env))
  demandOneTarget(runs)
  // Twins' proofs lie beside the folders of targets: reports/twins.json.
  const beside = resolve(folder)
  const proofs = await readProofs(join(dirname(beside), 'twins.json'))
  return htmlReport(runs, await reportAssets(), proofs)
}

/** `drydock report DIR...`: any report, made from records at rest. */
export const report = async (folders: readonly string[], flags: ReportFlags): Promise<void> => {
  const runs = await readRuns(folders)
  const text = await made(runs, folders[0] ?? '.', flags)
  if (flags.out === undefined) printOut(text)
  else await writeFileAtomically(resolve(flags.out), text)
}
