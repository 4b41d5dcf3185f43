import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import type { ProbeStream } from './probe-connection.ts'
import { probeLost, readLines } from './probe-lines.ts'
import { orAborted } from './ssh-channel.ts'

export interface GreetOptions {
  readonly timeoutMs: number
  /** Rejects when the guest has died. */
  readonly lost: Promise<never>
  /** Whether the guest's clock is to be set to the host's. */
  readonly setClock: boolean
}

export interface GreetedPort extends ProbeStream {
  /** Why the clock could not be set, where that was asked for. */
  readonly clockProblem: string | undefined
}

/**
 * Becomes the peer of a probe that serves on a virtio port. What an earlier peer left there, whole lines and halves, is
 * skipped: the probe's answer to our nonce is the first thing that counts, and from then on it answers nobody else.
 */
export const greetPort = async (port: Duplex, options: GreetOptions): Promise<GreetedPort> => {
  const nonce = randomUUID()
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const stop = readLines(
    port,
    (line) => {
      const [word, answered, ...problem] = line.split(' ')
      if (word === 'hello' && answered === nonce) resolve(neutraliseLine(problem.join(' '), 200) || undefined)
    },
    reject,
  )
  try {
    port.write(`\nhello ${nonce} ${options.setClock ? Date.now() : ''}\n`)
    const clockProblem = await orAborted(Promise.race([promise, options.lost]), timeout)
    const lost = Promise.race([options.lost, closed(port)])
    // Whoever is connected may have left before the guest ends.
    lost.catch(() => {})
    return {
      stream: port,
      clockProblem,
      lost,
      async [Symbol.asyncDispose]() {},
    }
  } catch (error) {
    if (error !== timeout.reason || !timeout.aborted) throw error
    throw new DrydockError(
      `Expected the probe to answer on its port within ${options.timeoutMs} ms, found silence`,
      { code: 'TIMED_OUT', blame: 'guest', phase: 'check', timedOut: true },
    )
  } finally {
    stop()
  }
}

const closed = (port: Duplex): Promise<never> =>
  new Promise((_resolve, reject) =>
    port.once('close', () => reject(probeLost("Expected the probe's port to stay, found it closed"))),
  )
