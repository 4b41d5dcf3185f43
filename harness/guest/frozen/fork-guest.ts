import { silent } from '../../common/progress.ts'
import type { FrozenMachine } from '../../machine/frozen/frozen-machine.ts'
import type { CreatedMachine, StartedMachine } from '../../machine/machine.ts'
import type { GuestSpec } from '../../target/target.ts'
import { watchVitalSigns } from '../boot/vital-signs.ts'
import { Console } from '../console/console.ts'
import { Life } from '../console/life.ts'
import { noRecording, recordTo } from '../console/recording.ts'
import type { ForkedGuest, ForkOptions } from '../guest-states.ts'
import { lazySshShell } from '../lazy-ssh-shell.ts'
import { connectProbe, greetingMs, type Probe, probeOver } from '../probe.ts'
import { streamConnection } from '../probe-connection.ts'
import { type GreetedPort, greetPort } from '../probe-port.ts'
import { probeLostWith, RunningGuest, type RunningGuestParts } from '../running-guest.ts'
import { SerialShell } from '../serial/serial-shell.ts'
import { connectSsh, type SshShell } from '../ssh-shell.ts'
import type { GuestState } from './guest-state.ts'
import { setClock } from './set-clock.ts'

class Fork extends RunningGuest implements ForkedGuest {
  readonly origin = 'fork'
  readonly clockProblem: string | undefined

  constructor(parts: RunningGuestParts, clockProblem: string | undefined) {
    super(parts)
    this.clockProblem = clockProblem
  }
}

/** The time an ssh login to a guest that is up may take on a busy emulated processor. */
const loginMs = 60_000

/** Where a serial shell that has hung is entered anew. */
const promptMs = 60_000

export interface Frozen {
  readonly machine: FrozenMachine
  readonly state: GuestState
  readonly spec: GuestSpec
}

/** Lets a copy of a frozen guest go on, with the shells and the probe that it had. */
export const forkGuest = async (
  { machine: frozen, state, spec }: Frozen,
  { outDirectory, progress = silent, signal }: ForkOptions,
): Promise<ForkedGuest> => {
  const { architecture } = spec
  await using held = new AsyncDisposableStack()
  const machine = held.use(await frozen.fork({ progress, signal }))
  const life = new Life()
  const begunAt = performance.now()
  const attach = (stream: CreatedMachine['console'], name: 'console' | 'hvc0'): Console => {
    const recording =
      outDirectory === undefined ? noRecording : recordTo(outDirectory, `fork ${architecture} ${name}`, name)
    return held.use(new Console(stream, { life, recording, clock: () => performance.now() - begunAt }))
  }
  const console = attach(machine.console, 'console')
  const port = attach(machine.port, 'hvc0')
  const serial =
    state.serial === null
      ? undefined
      : SerialShell.resume(state.serial.line === 'hvc0' ? port : console, state.serial.shell, {
          phase: 'check',
          timeoutMs: promptMs,
        })
  const lost = probeLostWith(console, machine)
  const running = machine.run()
  // Asked while QEMU is busy starting its CPUs: the probe finds the question when it wakes up.
  const greeted = state.probe?.portProblem === null ? greet(machine, lost) : undefined
  greeted?.catch(() => {})
  const started = await running
  held.defer(watchVitalSigns(started, console))
  const ssh = sshOf(started, state, signal)
  const { probe, clockProblem } = await wake({ greeted, state, ssh, serial })
  if (clockProblem !== undefined)
    progress({ architecture, step: 'fork', detail: `the clock cannot be set: ${clockProblem}` })
  const whereabouts = state.probe
  const shell = ssh ?? serial
  const findProbe =
    whereabouts === null || shell === undefined
      ? undefined
      : async () =>
          probe ??
          (await connectProbe(whereabouts, {
            port: started.probePort,
            shell,
            lost,
          }))
  return new Fork(
    {
      ...{ spec, machine: started, console, port, shells: { ssh, serial }, findProbe },
      timings: state.timings,
      resources: held.move(),
    },
    clockProblem,
  )
}

const sshOf = (
  { sshPort }: StartedMachine,
  { ssh }: GuestState,
  signal: AbortSignal | undefined,
): SshShell | undefined => {
  if (ssh === null || sshPort === undefined) return undefined
  const { user, key, hostKey } = ssh
  return lazySshShell(hostKey, () =>
    connectSsh({
      ...{ port: sshPort, user, key, hostKey, deadlineMs: loginMs },
      ...(signal === undefined ? {} : { signal }),
    }),
  )
}

const greet = (machine: CreatedMachine, lost: Promise<never>): Promise<GreetedPort> =>
  greetPort(machine.probePort, { lost, timeoutMs: greetingMs, setClock: true })

interface Sleeping {
  /** The probe, asked to set the clock; undefined where it does not serve on its port. */
  readonly greeted: Promise<GreetedPort> | undefined
  readonly state: GuestState
  readonly ssh: SshShell | undefined
  readonly serial: SerialShell | undefined
}

/** Sets the clock by the quickest way there is, which is the probe where it serves on its port. */
const wake = async ({
  greeted,
  state,
  ssh,
  serial,
}: Sleeping): Promise<{ probe: Probe | undefined; clockProblem: string | undefined }> => {
  if (greeted !== undefined && state.probe !== null) {
    const port = await greeted
    const probe = probeOver(streamConnection(port), state.probe, 'port')
    return { probe, clockProblem: port.clockProblem }
  }
  const shell = serial ?? ssh
  const clockProblem = shell === undefined ? 'the guest has no login' : await setClock(shell)
  return { probe: undefined, clockProblem }
}
