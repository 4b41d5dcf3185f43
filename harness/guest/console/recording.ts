import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { neutralise } from '../../common/text.ts'

/** Where a console is written as it goes. */
export interface Recording {
  /** Text as it came, with its escape sequences. */
  output(text: string, at: number): void
  /** A finished line without escape sequences. */
  line(text: string, at: number): void
  /** A named moment, for example the start of a phase. */
  mark(label: string, at: number): void
  close(): void
}

export const noRecording: Recording = { output() {}, line() {}, mark() {}, close() {} }

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000

/**
 * Writes `console.log` (one line each, seconds since the start in front, safe to show in a terminal) and `console.cast`
 * (asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/, every byte and its time).
 * `name` takes the place of `console` for another line of the guest.
 * Writing is synchronous: nothing piles up in memory, and a full disk shows at the write that met it.
 * @throws DrydockError `OUTPUT_UNWRITABLE` (testbed), from every method.
 */
export const recordTo = (directory: string, title: string, name = 'console'): Recording => {
  const paths = { log: join(directory, `${name}.log`), cast: join(directory, `${name}.cast`) }
  const open = (path: string): number => {
    mkdirSync(directory, { recursive: true })
    return openSync(path, 'w')
  }
  const log = guarded(paths.log, () => open(paths.log))
  const cast = guarded(paths.cast, () => open(paths.cast))
  const append = (descriptor: number, path: string, text: string): void =>
    guarded(path, () => writeWhole(descriptor, Buffer.from(text)))
  const event = (at: number, code: 'o' | 'm', data: string): void =>
    append(cast, paths.cast, `${JSON.stringify([seconds(at), code, data])}\n`)
  const header = { version: 2, width: 120, height: 40, timestamp: Math.floor(Date.now() / 1000), title }
  append(cast, paths.cast, `${JSON.stringify(header)}\n`)
  return {
    output: (text, at) => event(at, 'o', text),
    line: (text, at) =>
      append(
        log,
        paths.log,
        `${seconds(at).toFixed(3).padStart(9)}  ${neutralise(text).replaceAll('\n', ' ')}\n`,
      ),
    mark: (label, at) => event(at, 'm', label),
    close: () => {
      closeSync(log)
      closeSync(cast)
    },
  }
}

/** Writes all bytes: a nearly full disk takes a part of them before it refuses. */
const writeWhole = (descriptor: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written)
  }
}

const guarded = <T>(path: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new DrydockError(`cannot write ${path}: ${messageOf(error)}`, {
      code: 'OUTPUT_UNWRITABLE',
      blame: 'testbed',
      hint: 'Free some space or choose another output directory with --out.',
      cause: error,
    })
  }
}
