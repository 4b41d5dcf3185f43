import pRetry from 'p-retry'
import { DrydockError, messageOf } from '../common/errors.ts'
import { type Keepalive, KeyRefusedError, openConnection } from './ssh-connection.ts'
import type { SshKey } from './ssh-key.ts'
import { type SshShell, sshShell } from './ssh-session.ts'

export type { SpawnedCommand, SshShell } from './ssh-session.ts'

export interface ConnectSshOptions {
  /** On 127.0.0.1. */
  readonly port: number
  readonly user: string
  readonly key: SshKey
  /** Milliseconds until it is given up, all tries together. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
  /** Told of each try that failed, and why. */
  readonly onAttempt?: (text: string) => void
  /** The only host key to accept (`SHA256:...`): that of an earlier shell. @default the first one seen */
  readonly hostKey?: string
  /** How a hung guest is noticed. @default every 5 s, 6 misses */
  readonly keepalive?: Keepalive
}

const pauseMs = 200

/** A server that takes connections but not the key may still be waiting for its configuration: so long it may. */
const refusedMs = 15_000

const hostKeyChanged = (expected: string, found: string): DrydockError =>
  new DrydockError(`Expected the host key ${expected} that was seen first, found ${found}`, {
    code: 'HOST_KEY_CHANGED',
    blame: 'guest',
    phase: 'login',
    hint: 'Something else answers on this port, or the guest made itself a new host key while it ran.',
  })

/** Logs in over ssh, trying until it works or the deadline has passed. */
export const connectSsh = async (options: ConnectSshOptions): Promise<SshShell> => {
  const { port, user, key, deadlineMs, keepalive = { intervalMs: 5000, misses: 6 } } = options
  const deadline = AbortSignal.timeout(deadlineMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal])
  let pinned = options.hostKey
  let other: string | undefined
  let last = { attempt: 0, text: 'none was made' }
  let refusedSince: number | undefined

  const refused = (text: string): DrydockError =>
    new DrydockError(`Expected an ssh login as ${user} on 127.0.0.1:${port}, found that ${text}`, {
      code: 'SSH_KEY_REFUSED',
      blame: 'guest',
      phase: 'login',
      hint: 'Look whether the image takes its authorized_keys from the metadata disk, and for this user.',
    })

  const attempt = async (): Promise<SshShell> => {
    const client = await openConnection({
      port,
      user,
      key,
      keepalive,
      signal,
      acceptHostKey: (fingerprint) => {
        pinned ??= fingerprint
        if (fingerprint !== pinned) other = fingerprint
        return other === undefined
      },
    })
    return sshShell(client, pinned ?? '')
  }

  try {
    return await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      factor: 1,
      minTimeout: pauseMs,
      signal,
      onFailedAttempt: ({ error, attemptNumber }) => {
        last = { attempt: attemptNumber, text: messageOf(error) }
        options.onAttempt?.(`ssh attempt ${attemptNumber}: ${last.text}`)
        if (pinned !== undefined && other !== undefined) throw hostKeyChanged(pinned, other)
        if (!(error instanceof KeyRefusedError)) return
        refusedSince ??= performance.now()
        if (performance.now() - refusedSince > refusedMs) throw refused(last.text)
      },
    })
  } catch (error) {
    if (error instanceof DrydockError || !deadline.aborted || options.signal?.aborted) throw error
    throw new DrydockError(
      `Expected an ssh login as ${user} on 127.0.0.1:${port} within ${deadlineMs} ms, found after ${last.attempt} attempts: ${last.text}`,
      {
        code: 'TIMED_OUT',
        blame: 'guest',
        phase: 'login',
        timedOut: true,
        hint: 'Look at the console: whether the image starts its network and sshd.',
        cause: error,
      },
    )
  }
}
