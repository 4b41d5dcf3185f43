import { join } from 'node:path'
import { Command, Option } from 'commander'
import { experiments } from '../harness/bench/experiments.ts'
import { peerTrees } from '../harness/bench/peers/peers.ts'
import { installTree } from '../harness/bench/peers/tree.ts'
import { type BenchOptions, runBench } from '../harness/bench/run-bench.ts'
import { errorText } from '../harness/cli/error-text.ts'
import { architectures } from '../harness/common/architecture.ts'
import { DrydockError, exitCodeOf } from '../harness/common/errors.ts'
import { showProgress } from '../harness/report/progress.ts'
import { loadTarget } from '../harness/target/target.ts'
import { buildReference } from './build.ts'

/** `npm run bench`: builds the reference image, then measures Drydock, bare QEMU and the peers on it. */

interface Flags {
  readonly only: string[]
  readonly runs: string
  readonly quick: boolean
  readonly strict: boolean
  readonly accel: BenchOptions['accelerator']
  readonly list: boolean
  readonly installPeers: boolean
}

const program = new Command('npm run bench --')
  .description('Measures Drydock, bare QEMU and other harnesses on the reference image.')
  .option('--only <pattern...>', 'rows whose experiment, architecture, peer or name has this text in it', [])
  .option('--runs <count>', 'runs of each contender', '7')
  .option('--quick', 'one run of each: shows that it works, measures nothing worth keeping', false)
  .option('--strict', 'exit code 1 where a target is missed or was not measured', false)
  .option(
    '--install-peers',
    'install the peers into the cache and measure nothing; done at need otherwise',
    false,
  )
  .option('--list', 'print the rows and measure nothing', false)
  .addOption(
    new Option('--accel <policy>', 'KVM or emulation')
      .choices(['require', 'prefer', 'never'])
      .default('prefer'),
  )

const runsOf = (text: string): number => {
  const runs = Number(text)
  if (Number.isInteger(runs) && runs >= 1) return runs
  throw new DrydockError(`--runs: expected a number of at least 1, found "${text}"`, {
    code: 'BAD_RUNS',
    blame: 'usage',
  })
}

const reference = async (): Promise<BenchOptions['reference']> => {
  using progress = showProgress({ stream: process.stderr, environment: process.env })
  const options = { architectures, progress: progress.listener }
  return {
    release: await loadTarget(await buildReference({ variant: 'release', ...options })),
    debug: await loadTarget(await buildReference({ variant: 'debug', ...options })),
  }
}

const list = (): void => {
  for (const { name, architecture, rows } of experiments)
    for (const row of rows)
      process.stdout.write(
        `${[name, architecture ?? 'both', row.peer ?? 'drydock', row.name, row.size].filter(Boolean).join(' / ')}\n`,
      )
}

const installPeers = async (): Promise<void> => {
  using progress = showProgress({ stream: process.stderr, environment: process.env })
  const folders: string[] = []
  for (const tree of peerTrees) folders.push(await installTree(tree, progress.listener))
  process.stdout.write(`${folders.join('\n')}\n`)
}

const run = async (flags: Flags): Promise<number> => {
  const interruption = new AbortController()
  process.once('SIGINT', () => interruption.abort(new Error('interrupted')))
  process.once('SIGTERM', () => interruption.abort(new Error('interrupted')))
  return await runBench(experiments, {
    only: flags.only,
    runs: flags.quick ? 1 : runsOf(flags.runs),
    strict: flags.strict,
    accelerator: flags.accel,
    reference: await reference(),
    reports: join(import.meta.dirname, '..', 'reports'),
    signal: interruption.signal,
  })
}

try {
  const flags = program.parse().opts<Flags>()
  if (flags.list) list()
  else if (flags.installPeers) await installPeers()
  else process.exitCode = await run(flags)
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
