import { DrydockError } from '../common/errors.ts'
import type { StartedMachine } from '../machine/machine.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Shells } from './boot/log-in.ts'
import type { Console } from './console/console.ts'
import type { Death } from './console/life.ts'
import { freezeGuest } from './frozen-guest.ts'
import type { ColdGuest, FreezeOptions, FrozenGuest, Guest } from './guest-states.ts'
import { type Probe, startProbe } from './probe.ts'
import type { Shell } from './shell.ts'

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

export class RunningGuest implements ColdGuest {
  readonly origin = 'power-on'
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

  async freeze(options: FreezeOptions = {}): Promise<FrozenGuest> {
    return await freezeGuest(this, options)
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
