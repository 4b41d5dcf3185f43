import type { Architecture } from '../common/architecture.ts'
import { type ProgressListener, silent } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { CreatedMachine } from '../machine/machine.ts'
import { specOf, type Target } from '../target/target.ts'
import { bringUp } from './boot/bring-up.ts'
import { type Deadlines, deadlines } from './boot/deadlines.ts'
import { watchVitalSigns } from './boot/vital-signs.ts'
import { PoweredOnGuest } from './cold-guest.ts'
import { Console } from './console/console.ts'
import { Life } from './console/life.ts'
import { recordTo } from './console/recording.ts'
import { createGuestMachine } from './guest-machine.ts'
import { makeSshKey } from './ssh-key.ts'

export type { Console } from './console/console.ts'
export type { Death } from './console/life.ts'
export type { Incident } from './console/watcher.ts'
export type { ColdGuest, ForkedGuest, FrozenGuest, Guest } from './guest-states.ts'

export interface BootOptions {
  readonly target: Target
  readonly architecture: Architecture
  readonly accelerator: AcceleratorPolicy
  /** Where console.log and console.cast go, and hvc0.log and hvc0.cast. Made where it does not exist. */
  readonly outDirectory: string
  readonly progress?: ProgressListener | undefined
  /** Gives up the boot, and later ends the guest. */
  readonly signal?: AbortSignal | undefined
  /**
   * `kernel`: until the kernel has handed over to init. `login`: until every shell that the target promises is open, or,
   * where it promises none, until the guest has come to rest.
   * @default 'login'
   */
  readonly until?: 'kernel' | 'login' | undefined
  /** How long each phase may take. @default by the accelerator */
  readonly deadlines?: Deadlines | undefined
}

/**
 * Starts a guest and brings it up.
 * @throws DrydockError with the phase, what was awaited and the console's last lines; `guestDied` when the guest died,
 *   then with the excerpt of its death; blame `testbed` when QEMU or the output directory failed.
 */
export const boot = async (options: BootOptions): Promise<PoweredOnGuest> => {
  const began = performance.now()
  const spec = specOf(options.target, options.architecture)
  const { progress = silent, signal } = options
  await using held = new AsyncDisposableStack()
  const key = await makeSshKey()
  const machine = held.use(
    await createGuestMachine(spec, {
      ...{ accelerator: options.accelerator, signal, progress },
      authorizedKeys: [key.publicKey],
    }),
  )
  const life = new Life()
  const startedAt = performance.now()
  const clock = (): number => performance.now() - startedAt
  const attach = (stream: CreatedMachine['console'], name: 'console' | 'hvc0'): Console => {
    const recording = recordTo(
      options.outDirectory,
      `${options.target.name} ${spec.architecture} ${name}`,
      name,
    )
    return held.use(new Console(stream, { life, clock, recording }))
  }
  const console = attach(machine.console, 'console')
  const port = attach(machine.port, 'hvc0')
  const started = await machine.run()
  held.defer(watchVitalSigns(started, console))
  const { shells, timings } = await bringUp({
    ...{ spec, machine: started, key, console, port, progress, signal },
    until: options.until ?? 'login',
    deadlines: options.deadlines ?? deadlines[started.accelerator.used],
  })
  return new PoweredOnGuest(
    {
      ...{ spec, machine: started, console, port, shells },
      timings: { prepare: Math.round(startedAt - began), ...timings },
      resources: held.move(),
    },
    key,
  )
}
