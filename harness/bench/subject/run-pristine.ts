import { withDir } from 'tmp-promise'
import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'
import { frozenGuest } from '../../guest/frozen-guest.ts'
import { type BootOptions, boot, type Guest } from '../../guest/guest.ts'
import { acceleratorPolicies } from '../../machine/accelerator.ts'
import { loadTarget } from '../../target/target.ts'
import { onConsole } from '../targets.ts'
import { answerWith } from './answer.ts'

/** Runs a command so many times, each time in a pristine guest: one boot, then forks of it. */

const requestSchema = z.object({
  targetFile: z.string(),
  architecture: z.enum(architectures),
  accelerator: z.enum(acceleratorPolicies),
  times: z.int().min(1),
  command: z.string(),
  /** Whether the frozen guest of an earlier run may be used. */
  keep: z.enum(['cache', 'run']),
})

const { targetFile, times, command, keep, ...where } = requestSchema.parse(JSON.parse(process.argv[2] ?? ''))
const loaded = await loadTarget(targetFile)
// Freezing puts the probe into the guest, which takes a second over ssh and a minute over an emulated serial line.
const target = times > 1 ? loaded : onConsole(loaded)

const answer = async (guest: Guest): Promise<void> => {
  const { exitCode, stdout } = await (guest.serial ?? guest.shell).run(command.split(' '))
  if (exitCode !== 0 || stdout.length === 0) throw new Error(`${command} ended with ${exitCode}`)
}

const inForks = async (options: BootOptions): Promise<void> => {
  await using frozen = await frozenGuest({ ...options, keep })
  for (let run = 0; run < times; run += 1) {
    await using fork = await frozen.fork({ outDirectory: undefined })
    await answer(fork)
  }
}

const measure = async (): Promise<{ readonly s: number }> => {
  const startedAt = performance.now()
  await withDir(
    async ({ path }) => {
      const options: BootOptions = { target, ...where, outDirectory: path }
      if (times > 1) return await inForks(options)
      await using guest = await boot(options)
      await answer(guest)
    },
    { unsafeCleanup: true },
  )
  return { s: (performance.now() - startedAt) / 1000 }
}

await answerWith(measure)
