import { withDir } from 'tmp-promise'
import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'
import { boot } from '../../guest/guest.ts'
import { acceleratorPolicies } from '../../machine/accelerator.ts'
import { loadTarget } from '../../target/target.ts'
import { processTimes } from '../process-times.ts'
import { changedTarget, onConsole } from '../targets.ts'
import { answerWith } from './answer.ts'

/** One boot through the harness, until a command has answered; prints what it took as JSON. */

const requestSchema = z.object({
  targetFile: z.string(),
  architecture: z.enum(architectures),
  accelerator: z.enum(acceleratorPolicies),
  memoryMiB: z.int().optional(),
})

const { targetFile, architecture, accelerator, memoryMiB } = requestSchema.parse(
  JSON.parse(process.argv[2] ?? ''),
)
const target = changedTarget(onConsole(await loadTarget(targetFile)), (spec) => ({
  memoryMiB: memoryMiB ?? spec.memoryMiB,
}))

/** Milliseconds of processor time of this process and of the children that have ended, which are not QEMU. */
const ownCpu = (): number => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000
const childrenCpu = (): number => processTimes('self').childrenMs

const measure = () =>
  withDir(
    async ({ path }) => {
      const [startedAt, own, children] = [performance.now(), ownCpu(), childrenCpu()]
      await using guest = await boot({ target, architecture, accelerator, outDirectory: path })
      const { exitCode } = await guest.shell.run(['uname', '-r'])
      const ms = performance.now() - startedAt
      if (exitCode !== 0) throw new Error(`uname ended with ${exitCode}`)
      return {
        ms,
        harnessCpuMs: ownCpu() - own + childrenCpu() - children,
        qemuCpuMs: processTimes(guest.machine.pid).ownMs,
        phases: guest.timings,
      }
    },
    { unsafeCleanup: true },
  )

await answerWith(measure)
