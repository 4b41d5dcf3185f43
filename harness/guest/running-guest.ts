import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { StartedMachine } from '../machine/machine.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Shells } from './boot/log-in.ts'
import type { Console } from './console/console.ts'
import type { Death } from './console/life.ts'
import { type Probe, startProbe } from './probe.ts'
import type { SerialShell } from './serial/serial-shell.ts'
import type { Shell } from './shell.ts'
import type { SshShell } from './ssh-shell.ts'

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

export interface RunningGuestParts {
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  readonly console: Console
  readonly port: Console
  readonly shells: Shells
  readonly timings: Readonly<Record<string, number>>
  /** Ends everything that was opened, shells excepted. */
  readonly resources: AsyncDisposable
}

export class RunningGuest implements Guest {
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  readonly console: Console
  readonly port: Console
  readonly ssh: Guest['ssh']
  readonly serial: Guest['serial']
  readonly timings: Readonly<Record<string, number>>
  private readonly resources: AsyncDisposable
  private startedProbe: Promise<Probe> | undefined

  constructor(parts: RunningGuestParts) {
    this.spec = parts.spec
    this.machine = parts.machine
    this.console = parts.console
    this.port = parts.port
    this.ssh = parts.shells.ssh
    this.serial = parts.shells.serial
    this.timings = parts.timings
    this.resources = parts.resources
  }

  get architecture(): Guest['architecture'] {
    return this.spec.architecture
  }

  get death(): Death | undefined {
    return this.console.life.death
  }

  get died(): Promise<Death> {
    return this.console.life.died
  }

  get shell(): Shell {
    const shell = this.ssh ?? this.serial
    if (shell === undefined) {
      throw new DrydockError('the target has no login, so nothing can be run in the guest', {
        code: 'NO_SHELL',
        blame: 'guest',
        phase: 'check',
        hint: 'Where the image has one, say so in the target file (login) or with --login.',
      })
    }
    return shell
  }

  async probe(): Promise<Probe> {
    this.startedProbe ??= startProbe(this.shell, this.architecture)
    return await this.startedProbe
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open: AsyncDisposable[] = [this.ssh, this.serial].filter((shell) => shell !== undefined)
    const probe = await this.startedProbe?.catch(() => undefined)
    if (this.death === undefined) {
      // A guest that no longer answers is about to be switched off anyway.
      await Promise.allSettled([probe?.[Symbol.asyncDispose]()])
      await Promise.allSettled(open.map((shell) => shell[Symbol.asyncDispose]()))
    }
    await this.resources[Symbol.asyncDispose]()
  }
}
