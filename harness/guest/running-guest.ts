import { DrydockError } from '../common/errors.ts'
import { probePortName } from '../machine/argv.ts'
import type { StartedMachine } from '../machine/machine.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Shells } from './boot/log-in.ts'
import type { Console } from './console/console.ts'
import type { Death } from './console/life.ts'
import type { Guest } from './guest-states.ts'
import { type ConnectOptions, type Probe, startProbe } from './probe.ts'
import { probeLost } from './probe-lines.ts'
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
  /** How to get the probe, where it is in the guest already. */
  readonly findProbe?: (() => Promise<Probe>) | undefined
}

/** What guests from power-on and forks have in common. */
export abstract class RunningGuest implements Guest {
  abstract readonly origin: Guest['origin']
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  readonly console: Console
  readonly port: Console
  readonly ssh: Guest['ssh']
  readonly serial: Guest['serial']
  readonly timings: Readonly<Record<string, number>>
  private readonly resources: AsyncDisposable
  private readonly findProbe: () => Promise<Probe>
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
    this.findProbe = parts.findProbe ?? (() => startProbe(this.architecture, this.waysToProbe))
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
    this.startedProbe ??= this.findProbe()
    return await this.startedProbe
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // QEMU first: a guest that is switched off need not be taken leave of.
    await this.resources[Symbol.asyncDispose]()
    const probe = await this.startedProbe?.catch(() => undefined)
    const open = [this.ssh, this.serial].filter((shell) => shell !== undefined)
    await Promise.allSettled([probe?.leave(), ...open.map((shell) => shell[Symbol.asyncDispose]())])
  }

  private get waysToProbe(): ConnectOptions {
    return {
      port: this.machine.probePort,
      shell: this.shell,
      lost: probeLostWith(this.console, this.machine),
    }
  }
}

/** Rejects when the guest dies, as every wait on its console does, and when its probe lets go of the port. */
export const probeLostWith = ({ life }: Console, { qmp }: Pick<StartedMachine, 'qmp'>): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>()
  life.died.then((death) =>
    reject(life.failure('check', 'the probe was at work') ?? new Error(death.summary)),
  )
  qmp.on('VSERPORT_CHANGE', ({ data: { id, open } }) => {
    if (id === probePortName && !open)
      reject(probeLost('Expected the probe to stay, found that it has ended'))
  })
  // Most guests outlive everyone who listens.
  promise.catch(() => {})
  return promise
}
