import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { DrydockError } from '../common/errors.ts'
import type { ProgressListener } from '../common/progress.ts'
import { atExit } from '../machine/process/exit-cleanup.ts'
import { showProgress } from '../report/progress.ts'
import { textOptionsFor } from '../report/terminal-options.ts'
import { runExperiments } from './engine.ts'
import type { Experiment, RowSpec, World } from './experiment.ts'
import { describeHost, measureLoad } from './host.ts'
import { markdownReport } from './markdown.ts'
import type { Row } from './row.ts'
import { mergeRows, readRows, writeRows } from './row-file.ts'
import { rowTable } from './table.ts'
import { hostLines, loadWarning } from './words.ts'

export interface BenchOptions {
  /** Of experiments, `NAME` or `NAME/ARCHITECTURE`, or of words in the names of rows; empty for all. */
  readonly only: readonly string[]
  readonly runs: number
  /** A target that was missed makes the exit code 1. */
  readonly strict: boolean
  readonly accelerator: World['accelerator']
  readonly reference: World['reference']
  /** Folder of bench.json, bench.md and bench-machine.json. */
  readonly reports: string
  readonly signal?: AbortSignal | undefined
}

/** Whether a row is asked for: by its experiment, its architecture, its name, its size or its peer. */
export const isWanted = (
  only: readonly string[],
  { name, architecture }: Experiment,
  row: RowSpec,
): boolean =>
  only.length === 0 ||
  only.some((pattern) =>
    `${name}/${architecture ?? 'both'}/${row.peer ?? 'drydock'}/${row.name}/${row.size ?? ''}`
      .toLowerCase()
      .includes(pattern.toLowerCase()),
  )

/** Measures, shows and writes what is asked for; gives the exit code. */
export const runBench = async (
  experiments: readonly Experiment[],
  options: BenchOptions,
): Promise<number> => {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const wants = (experiment: Experiment, row: RowSpec) => isWanted(options.only, experiment, row)
  demandSome(experiments, options.only, wants)
  const host = await describeHost(options.accelerator)
  const load = await measureLoad()
  const warning = loadWarning(load)
  say([...hostLines(host), ...(warning === undefined ? [] : ['', warning])].join('\n'))

  const rows = await withDir(
    async ({ path: scratch }) => {
      atExit(() => rmSync(scratch, { recursive: true, force: true }))
      using progress = showProgress({ stream: process.stderr, environment: process.env })
      const { reference, accelerator } = options
      return await runExperiments(experiments, {
        world: { reference, accelerator, scratch, progress: oneLine(progress.listener) },
        runs: options.runs,
        wants,
        machine: host.id,
        signal: options.signal,
        onRows: (some) => say(`\n${rowTable(some, textOptionsFor(process.stdout, process.env))}`),
      })
    },
    { unsafeCleanup: true, prefix: 'drydock-bench' },
  )

  await mkdir(options.reports, { recursive: true })
  const path = join(options.reports, 'bench.json')
  const merged = mergeRows(await readRows(path), rows, host.id)
  await writeRows(path, merged)
  await writeFileAtomically(join(options.reports, 'bench.md'), markdownReport(merged, host))
  await writeFileAtomically(
    join(options.reports, 'bench-machine.json'),
    `${JSON.stringify({ ...host, loadAtStart: load }, undefined, 2)}\n`,
  )
  say(`\n${closing(rows)}\n${path}`)
  if (warning !== undefined) say(warning)
  return options.strict && rows.some(({ met, target }) => target !== null && met !== true) ? 1 : 0
}

/** One thing is measured at a time, so one line tells of it, whatever it is that speaks. */
const oneLine =
  (listener: ProgressListener): ProgressListener =>
  ({ architecture, step, detail }) =>
    listener({ step, detail: architecture === undefined ? detail : `${architecture}, ${detail}` })

const demandSome = (
  experiments: readonly Experiment[],
  only: readonly string[],
  wants: (experiment: Experiment, row: RowSpec) => boolean,
): void => {
  if (experiments.some((experiment) => experiment.rows.some((row) => wants(experiment, row)))) return
  throw new DrydockError(`--only: expected a part of a row's name, found ${JSON.stringify(only.join(' '))}`, {
    code: 'NO_SUCH_BENCHMARK',
    blame: 'usage',
    hint: `Experiments are: ${[...new Set(experiments.map(({ name }) => name))].join(', ')}.`,
  })
}

const closing = (rows: readonly Row[]): string => {
  const aimed = rows.filter(({ target }) => target !== null)
  const met = aimed.filter((row) => row.met === true).length
  const missed = aimed.filter((row) => row.met === false).length
  const without = rows.filter(({ value }) => value === null).length
  return `${rows.length} rows; targets: ${met} met, ${missed} missed; ${without} rows could not be measured`
}
