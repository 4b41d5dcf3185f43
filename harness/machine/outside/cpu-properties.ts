import { DrydockError } from '../../common/errors.ts'
import type { ObservedMachine } from './observed-machine.ts'

/** Reads properties of the machine's CPU model; undefined for one that this version of QEMU does not know. */
export const cpuProperties = async (
  machine: ObservedMachine,
): Promise<(property: string) => Promise<unknown>> => {
  const [cpu] = await machine.qmp.execute('query-cpus-fast')
  if (cpu === undefined)
    throw new DrydockError('expected a CPU in query-cpus-fast, found none', {
      code: 'CPU_UNKNOWN',
      blame: 'testbed',
    })
  return async (property) => {
    try {
      return await machine.qmp.execute('qom-get', { path: cpu['qom-path'], property })
    } catch (error) {
      if (error instanceof DrydockError && error.code === 'QMP_REFUSED') return undefined
      throw error
    }
  }
}
