import type { GuestSpec } from '../../target/target.ts'
import type { Console } from '../console/console.ts'
import { logIn } from '../login.ts'
import { SerialShell } from '../serial/serial-shell.ts'
import type { SshKey } from '../ssh-key.ts'
import { connectSsh, type SshShell } from '../ssh-shell.ts'
import type { BootTracker } from './boot-tracker.ts'
import { bootPhases, type Deadlines } from './deadlines.ts'

export interface Shells {
  readonly ssh: SshShell | undefined
  readonly serial: SerialShell | undefined
}

export interface LogInOptions {
  readonly spec: GuestSpec
  readonly key: SshKey
  readonly sshPort: number | undefined
  readonly console: Console
  readonly port: Console
  readonly tracker: BootTracker
  readonly deadlines: Deadlines
  readonly signal: AbortSignal
}

/** Opens every shell that the target promises, the ways at the same time. */
export const logInEverywhere = async (options: LogInOptions): Promise<Shells> => {
  const [ssh, serial] = await Promise.all([openSsh(options), openSerial(options)])
  return { ssh, serial }
}

const wholeBoot = ({ phases }: Deadlines): number => bootPhases.reduce((sum, phase) => sum + phases[phase], 0)

const openSsh = async (options: LogInOptions): Promise<SshShell | undefined> => {
  const { spec, key, sshPort, tracker, deadlines, signal } = options
  const user = spec.login.ssh?.user
  if (user === undefined || sshPort === undefined) {
    return undefined
  }
  tracker.waitFor(`sshd to take the login of ${user}`)
  const shell = await connectSsh({
    port: sshPort,
    user,
    key,
    deadlineMs: wholeBoot(deadlines),
    signal,
    onAttempt: (text) => tracker.waitFor(`sshd to take the login of ${user}`, text),
  })
  tracker.enter('login')
  return shell
}

const openSerial = async (options: LogInOptions): Promise<SerialShell | undefined> => {
  const { spec, tracker, deadlines, signal } = options
  const login = spec.login.serial
  if (login === undefined) {
    return undefined
  }
  const line = login.line === 'hvc0' ? options.port : options.console
  tracker.waitFor(`a login prompt on ${login.line}`)
  await logIn(line, login, {
    phase: 'login',
    timeoutMs: wholeBoot(deadlines),
    signal,
    onStep: (text) => {
      tracker.enter('login')
      tracker.waitFor(`${text} on ${login.line}`)
    },
  })
  tracker.enter('login')
  tracker.waitFor(`the shell on ${login.line} to answer`)
  return await SerialShell.open(line, { phase: 'login', timeoutMs: deadlines.phases.login, signal })
}
