import type { Readable } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { DrydockError } from '../common/errors.ts'

/** How a command ended, as ssh tells it. */
export interface ChannelEnd {
  readonly exitCode: number | null
  /** Without SIG. */
  readonly signal: string | null
}

/** Bytes of one stream of one command; a guest that sends more is cut off. */
export const outputLimit = 64 * 1024 * 1024

/** Resolves when the channel has closed; undefined where the server never said how the command ended. */
export const endOf = (channel: ClientChannel): Promise<ChannelEnd | undefined> =>
  new Promise((resolve) => {
    let end: ChannelEnd | undefined
    channel.on('exit', (exitCode: number | null, signal?: string) => {
      end = { exitCode, signal: signal === undefined ? null : signal.replace(/^SIG/, '') }
    })
    channel.once('close', () => resolve(end))
  })

/**
 * Everything that the stream gives until its end; throws `OUTPUT_TOO_LARGE`. By events, since iterating a channel
 * closes it at the end of its output, when its exit code may be still to come.
 */
export const collect = (stream: Readable, what: string, limit = outputLimit): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      else
        reject(
          new DrydockError(`Expected at most ${limit} bytes of ${what}, found more`, {
            code: 'OUTPUT_TOO_LARGE',
            blame: 'guest',
            phase: 'check',
            hint: 'Have the command print less, or read a part of it.',
          }),
        )
    })
    stream.once('end', () => resolve(Buffer.concat(chunks)))
    stream.once('close', () => resolve(Buffer.concat(chunks)))
    stream.once('error', reject)
  })

/** The promise's outcome, or the signal's reason where that comes first. */
export const orAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
