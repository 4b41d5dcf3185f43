import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { type ProgressListener, silent } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import {
  type CreatedMachine,
  createMachine,
  type MachineDisk,
  type StartedMachine,
} from '../machine/machine.ts'
import { createRunDirectory } from '../machine/process/run-directory.ts'
import type { GuestSpec, Target } from '../target/target.ts'
import { bringUp } from './boot/bring-up.ts'
import { type Deadlines, deadlines } from './boot/deadlines.ts'
import { watchVitalSigns } from './boot/vital-signs.ts'
import { Console } from './console/console.ts'
import { type Death, Life } from './console/life.ts'
import { recordTo } from './console/recording.ts'
import { writeMetadataDisk } from './metadata-disk.ts'
import type { Probe } from './probe.ts'
import { RunningGuest } from './running-guest.ts'
import type { SerialShell } from './serial/serial-shell.ts'
import type { Shell } from './shell.ts'
import { makeSshKey, type SshKey } from './ssh-key.ts'
import type { SshShell } from './ssh-shell.ts'

export type { Console } from './console/console.ts'
export type { Death } from './console/life.ts'
export type { Incident } from './console/watcher.ts'

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

/** A running guest. Disposing of it ends QEMU and removes its files. */
export interface Guest extends AsyncDisposable {
  readonly architecture: Architecture
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  /** The serial line ttyS0 or ttyAMA0: its last lines, its kernel incidents, waiting for text. */
  readonly console: Console
  /** The virtio console hvc0. */
  readonly port: Console
  /** ssh where there is one, else serial. @throws DrydockError `NO_SHELL` when the target has no login */
  readonly shell: Shell
  readonly ssh: SshShell | undefined
  readonly serial: SerialShell | undefined
  /** Milliseconds of `prepare` and of each boot phase. */
  readonly timings: Readonly<Record<string, number>>
  readonly death: Death | undefined
  /** Resolves when the guest dies: a kernel panic on the console, the machine going off, QEMU ending. Never rejects. */
  readonly died: Promise<Death>
  /** The probe, started at the first call and then shared. */
  probe(): Promise<Probe>
}

/**
 * Starts a guest and brings it up.
 * @throws DrydockError with the phase, what was awaited and the console's last lines; `guestDied` when the guest died,
 *   then with the excerpt of its death; blame `testbed` when QEMU or the output directory failed.
 */
export const boot = async (options: BootOptions): Promise<Guest> => {
  const began = performance.now()
  const spec = specOf(options)
  const { progress = silent, signal } = options
  await using held = new AsyncDisposableStack()
  const key = await makeSshKey()
  const machine = held.use(await create(options, spec, key))
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
  return new RunningGuest({
    ...{ spec, machine: started, console, port, shells },
    timings: { prepare: Math.round(startedAt - began), ...timings },
    resources: held.move(),
  })
}

const specOf = ({ target, architecture }: BootOptions): GuestSpec => {
  const spec = target.guests[architecture]
  if (spec === undefined) {
    throw new DrydockError(`the target ${target.name} has no image for ${architecture}`, {
      code: 'ARCHITECTURE_MISSING',
      blame: 'usage',
      hint: `It has: ${Object.keys(target.guests).join(', ')}. See ${target.source}.`,
    })
  }
  return spec
}

/** QEMU holds the metadata disk open once it is created, so that its file is gone before the guest runs. */
const create = async (options: BootOptions, spec: GuestSpec, key: SshKey): Promise<CreatedMachine> => {
  await using directory = createRunDirectory(tmpdir(), undefined)
  const disks: MachineDisk[] = []
  if (spec.metadata === 'iso') {
    const path = join(directory.path, 'metadata.iso')
    await writeMetadataDisk(path, { authorizedKeys: [key.publicKey] })
    disks.push({ path, readOnly: true, format: 'raw' })
  }
  return await createMachine({
    ...{ spec, disks, accelerator: options.accelerator, signal: options.signal, progress: options.progress },
    forwardSsh: spec.login.ssh !== undefined,
  })
}
