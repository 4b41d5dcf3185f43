import { Command, Option } from 'commander'
import { type Architecture, architectures } from '../harness/common/architecture.ts'
import { exitCodeOf, messageOf } from '../harness/common/errors.ts'
import type { ProgressListener } from '../harness/common/progress.ts'
import { type KernelName, kernelNames } from './builder/debian-kernels.ts'
import { buildReference, variants } from './builder/reference.ts'
import { updateLocks } from './builder/update-locks.ts'
import { buildFormat } from './formats/build-format.ts'
import { type FormatName, formatNames } from './formats/formats.ts'
import { buildTwin } from './twins/build-twin.ts'
import { twins } from './twins/twins.ts'

export { buildReference, buildTwin, twins }

interface Flags {
  readonly arch?: Architecture
  readonly variant: (typeof variants)[number]
  readonly kernel?: KernelName
  readonly frozen: boolean
  readonly format?: FormatName[]
  readonly twins?: string[]
  readonly updateLock: boolean
}

const say: ProgressListener = ({ architecture, step, detail }) =>
  process.stderr.write(`${[architecture, step, detail].filter((part) => part !== undefined).join('  ')}\n`)

const run = async (flags: Flags): Promise<void> => {
  if (flags.updateLock) await updateLocks(say)
  const options = {
    architectures: flags.arch === undefined ? architectures : [flags.arch],
    frozen: flags.frozen,
    kernel: flags.kernel,
    progress: say,
  }
  if (flags.format === undefined)
    process.stdout.write(`${await buildReference({ ...options, variant: flags.variant })}\n`)
  for (const name of flags.format ?? [])
    process.stdout.write(`${await buildFormat(name, { ...options, variant: flags.variant })}\n`)
  const names = flags.twins?.includes('all') ? Object.keys(twins) : (flags.twins ?? [])
  for (const name of names) process.stdout.write(`${await buildTwin(name, options)}\n`)
}

const program = new Command('node images/build.ts')
  .description(
    'Builds the reference image and its twins into the cache; prints the paths of their target files.',
  )
  .addOption(new Option('--arch <architecture>', 'only one architecture').choices(architectures))
  .addOption(new Option('--variant <variant>', 'which reference image').choices(variants).default('release'))
  .addOption(
    new Option('--kernel <kernel>', 'with another kernel than that of images/lock.json').choices(kernelNames),
  )
  .addOption(
    new Option('--format <formats...>', 'as images of these formats instead of kernel and initrd').choices(
      formatNames,
    ),
  )
  .option('--frozen', 'fail where a locked package has left the archive', false)
  .option('--twins <names...>', 'also build these twins, or all')
  .option('--update-lock', 'lock the newest packages of the suite first', false)

if (process.argv[1] === import.meta.filename) {
  program.parse()
  await run(program.opts<Flags>()).catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = exitCodeOf(error)
  })
}
