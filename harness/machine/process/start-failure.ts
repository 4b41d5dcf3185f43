import { DrydockError, messageOf } from '../../common/errors.ts'
import { lastLines, neutralise } from '../../common/text.ts'
import type { QemuProcess } from './qemu-process.ts'

const exitDeadlineMs = 1000

/** The error for a QEMU that cannot be talked to, in its own words. Ends it where it has not ended. */
export const startFailure = async (
  qemu: Pick<QemuProcess, 'exited' | 'kill'>,
  path: string,
  cause: unknown,
): Promise<DrydockError> => {
  // A QEMU that ends by itself closes QMP before it has ended.
  const killer = setTimeout(() => qemu.kill(), exitDeadlineMs)
  const { code, signal, stderr } = await qemu.exited
  clearTimeout(killer)
  const words = lastLines(neutralise(stderr), 5).trim()
  if (/unable to find CPU model|Property '[\w-]+-cpu\.[^']*' not found/.test(words)) {
    return new DrydockError(`expected a CPU model that QEMU knows: ${words}`, {
      code: 'CPU_UNKNOWN',
      blame: 'usage',
      phase: 'prepare',
      hint: `${path} -cpu help lists them.`,
      cause,
    })
  }
  const how = signal ?? `exit code ${code}`
  return new DrydockError(
    `QEMU did not get as far as to run the guest (${how}): ${words === '' ? messageOf(cause) : words}`,
    { code: 'QEMU_FAILED', blame: 'testbed', phase: 'prepare', cause },
  )
}
