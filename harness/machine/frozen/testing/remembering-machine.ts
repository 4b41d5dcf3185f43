import { join } from 'node:path'
import { dir } from 'tmp-promise'
import type { Architecture } from '../../../common/architecture.ts'
import { createMachine } from '../../machine.ts'
import type { StartedMachine } from '../../machine-states.ts'
import { hear } from '../../testing/hear.ts'
import { writeRememberingKernel } from '../../testing/remembering-kernel.ts'
import { type FreezeOptions, freezeMachine } from '../freeze.ts'
import type { FrozenMachine } from '../frozen-machine.ts'

/** For tests: a running machine that answers each byte with the one before. */
export interface RememberingMachine extends AsyncDisposable {
  readonly machine: StartedMachine
  readonly kernel: string
}

export const startRememberingMachine = async (
  architecture: Architecture,
  { memoryMiB = 64 } = {},
): Promise<RememberingMachine> => {
  await using held = new AsyncDisposableStack()
  const folder = await dir({ unsafeCleanup: true, prefix: 'drydock-frozen-' })
  held.defer(() => folder.cleanup())
  const kernel = await writeRememberingKernel(join(folder.path, 'kernel'), architecture)
  const created = await createMachine({
    spec: {
      ...{ architecture, kernel, initrd: undefined, cmdline: 'x', kernelConfig: undefined },
      ...{ memoryMiB, cpus: 1, cpu: undefined, metadata: 'none', login: {}, firmware: 'none', disks: [] },
    },
    ...{ accelerator: 'never', disks: [], forwardSsh: true },
  })
  const machine = held.use(await created.run())
  await hear(machine.console, 'DRYDOCK\n')
  const resources = held.move()
  return { machine, kernel, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Says one byte; gives what the guest answers. */
export const ask = async ({ console }: StartedMachine, byte: string): Promise<string> => {
  const answer = hear(console, '')
  console.write(byte)
  return await answer
}

/** A frozen machine that was told `a`, and its kernel. */
export const freezeRememberingMachine = async (
  architecture: Architecture,
  options: FreezeOptions & { readonly memoryMiB?: number } = {},
): Promise<{ readonly frozen: FrozenMachine } & RememberingMachine> => {
  const started = await startRememberingMachine(architecture, options)
  await ask(started.machine, 'a')
  const frozen = await freezeMachine(started.machine, options)
  return {
    ...{ ...started, frozen },
    async [Symbol.asyncDispose]() {
      await frozen[Symbol.asyncDispose]()
      await started[Symbol.asyncDispose]()
    },
  }
}
