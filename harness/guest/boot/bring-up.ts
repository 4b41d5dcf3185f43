import { DrydockError } from '../../common/errors.ts'
import type { ProgressListener } from '../../common/progress.ts'
import type { StartedMachine } from '../../machine/machine.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { Console } from '../console/console.ts'
import { waitUntil } from '../console/expect.ts'
import type { SshKey } from '../ssh-key.ts'
import { BootTracker } from './boot-tracker.ts'
import type { Deadlines } from './deadlines.ts'
import { logInEverywhere, type Shells } from './log-in.ts'
import { settle } from './settle.ts'

export interface BringUpOptions {
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  readonly key: SshKey
  readonly console: Console
  readonly port: Console
  readonly until: 'kernel' | 'login'
  readonly deadlines: Deadlines
  readonly progress: ProgressListener
  readonly signal: AbortSignal | undefined
}

const noShells: Shells = { ssh: undefined, serial: undefined }

/** Follows a machine that has just been let run until it is as far as wanted. */
export const bringUp = async (
  options: BringUpOptions,
): Promise<{ shells: Shells; timings: Readonly<Record<string, number>> }> => {
  const { spec, console, deadlines, progress } = options
  const over = new AbortController()
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal])
  using tracker = new BootTracker({
    ...{ architecture: spec.architecture, console, deadlines, progress },
    isReachableElsewhere: options.until === 'login' && spec.login.ssh !== undefined,
  })
  const goal = reach({ ...options, signal }, tracker)
  try {
    const shells = await Promise.race([goal, tracker.tooLate, untilDead(console, tracker, signal)])
    tracker.finish()
    return { shells, timings: tracker.timings }
  } catch (error) {
    throw withConsoleTail(error, console)
  } finally {
    // The losers of the race end with this, and nobody waits for them.
    goal.catch(() => {})
    over.abort(new Error('the boot is over'))
  }
}

const reach = async (
  options: BringUpOptions & { readonly signal: AbortSignal },
  tracker: BootTracker,
): Promise<Shells> => {
  const { spec, machine, key, console, port, deadlines, signal } = options
  if (options.until === 'kernel') {
    tracker.waitFor('the kernel to hand over to init')
    await waitUntil(
      console,
      () => (tracker.phase === 'init' || tracker.phase === 'login' ? true : undefined),
      {
        phase: 'kernel',
        what: 'the kernel to hand over to init',
        reason: 'the boot is wanted until then',
        timeoutMs: deadlines.phases.firmware + deadlines.phases.kernel,
        signal,
      },
    )
    return noShells
  }
  if (spec.login.ssh === undefined && spec.login.serial === undefined) {
    tracker.waitFor('the guest to come to rest, as it has no login')
    await settle(console, tracker, deadlines, spec.cmdline, signal)
    return noShells
  }
  return await logInEverywhere({
    spec,
    key,
    sshPort: machine.sshPort,
    console,
    port,
    tracker,
    deadlines,
    signal,
  })
}

/** Rejects when the guest dies or the test bed can no longer watch it; the ssh client cannot know. */
const untilDead = (console: Console, tracker: BootTracker, signal: AbortSignal): Promise<never> =>
  waitUntil<never>(console, () => undefined, {
    get phase() {
      return tracker.phase
    },
    get what() {
      return tracker.awaited
    },
    reason: 'the guest is booting',
    timeoutMs: 2_147_483_647,
    signal,
  })

const withConsoleTail = (error: unknown, console: Console): unknown => {
  if (!(error instanceof DrydockError) || error.consoleTail !== undefined || error.blame !== 'guest') {
    return error
  }
  const { shortMessage, code, blame, phase, hint, timedOut, guestDied } = error
  return new DrydockError(shortMessage, {
    ...{ code, blame, phase, hint, timedOut, guestDied, cause: error },
    consoleTail: console.tail(20) || '(nothing was ever shown on this console)',
  })
}
