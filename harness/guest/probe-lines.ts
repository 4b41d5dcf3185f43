import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { DrydockError } from '../common/errors.ts'
import { answerLimit } from './probe-messages.ts'

/** The probe, or the way to it, is gone or speaks nonsense. */
export const probeLost = (message: string, cause?: unknown): DrydockError =>
  new DrydockError(message, { code: 'PROBE_LOST', blame: 'guest', phase: 'check', cause })

/**
 * Calls `onLine` with each line that comes, and `onFailure` once, with the first error: that of `onLine`, or of a line
 * that is longer than any answer. Returns how to stop.
 */
export const readLines = (
  stream: Readable,
  onLine: (line: string) => void,
  onFailure: (error: unknown) => void,
): (() => void) => {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  const take = (chunk: Buffer) => {
    try {
      const [first = '', ...rest] = decoder.write(chunk).split('\n')
      length += first.length
      if (length > answerLimit)
        throw probeLost(`Expected an answer of at most ${answerLimit} characters, found more`)
      pieces.push(first)
      for (const piece of rest) {
        onLine(pieces.join(''))
        pieces = [piece]
        length = piece.length
      }
    } catch (error) {
      stop()
      onFailure(error)
    }
  }
  const stop = () => stream.off('data', take)
  stream.on('data', take)
  return stop
}
