import { createLogUpdate } from 'log-update'
import type { ProgressEvent, ProgressListener } from '../common/progress.ts'
import { safeLine } from './safe-text.ts'
import { textOptionsFor } from './terminal-options.ts'
import { duration } from './words.ts'

/** Where progress is shown. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

export interface Progress extends Disposable {
  readonly listener: ProgressListener
  /** Shows a line that stays, above the moving ones. */
  say(line: string): void
  /** Takes the moving lines away; what comes afterwards is ignored. */
  [Symbol.dispose](): void
}

export interface ProgressOptions {
  readonly stream: ProgressStream
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds of a clock that only goes forward. @default performance.now */
  readonly now?: () => number
}

/** One line of what is under way: an architecture, or what belongs to none. */
interface Track {
  readonly name: string
  readonly step: string
  readonly detail: string
  /** When the step began. */
  readonly since: number
  /** When it was last shown as a line of its own. */
  readonly shown: number
}

/** Milliseconds between two updates of the elapsed time on a terminal. */
const tick = 1000

/** Milliseconds between two lines about the same step in a log, unless its detail changes... */
const heartbeat = 30_000

/** ...and between two lines when it does. */
const calm = 5000

const describe = ({ name, step, detail, since }: Track, now: number): string =>
  `${name.padEnd(7)} ${safeLine(step, 30)} ${duration(Math.floor((now - since) / 1000) * 1000).replace('.0', '')}: ${safeLine(detail)}`

/** Holds what is under way; `event` tells whether the step, or only its detail, is new. */
class Tracks {
  readonly #tracks = new Map<string, Track>()

  event(
    { architecture, step, detail }: ProgressEvent,
    now: number,
  ): { readonly track: Track; readonly isNew: boolean } {
    const name = architecture ?? 'drydock'
    const before = this.#tracks.get(name)
    const isNew = before?.step !== step
    const track: Track =
      before === undefined || isNew ? { name, step, detail, since: now, shown: now } : { ...before, detail }
    this.#tracks.set(name, track)
    return { track, isNew }
  }

  shown(track: Track, now: number): void {
    this.#tracks.set(track.name, { ...track, shown: now })
  }

  list(): readonly Track[] {
    return [...this.#tracks.values()].sort(
      (a, b) => Number(a.name === 'drydock') - Number(b.name === 'drydock'),
    )
  }
}

const onTerminal = ({ stream, environment, now = () => performance.now() }: ProgressOptions): Progress => {
  const tracks = new Tracks()
  const update = createLogUpdate(stream)
  let ended = false
  const draw = (): void => {
    const { width } = textOptionsFor(stream, environment)
    const columns = Math.min(width, stream.columns ?? width) - 1
    update(
      tracks
        .list()
        .map((track) => safeLine(describe(track, now()), columns))
        .join('\n'),
    )
  }
  const timer = setInterval(draw, tick).unref()
  return {
    listener: (event) => {
      if (ended) return
      tracks.event(event, now())
      draw()
    },
    say: (line) => {
      update.clear()
      stream.write(`${line}\n`)
      if (!ended) draw()
    },
    [Symbol.dispose]: () => {
      if (ended) return
      ended = true
      clearInterval(timer)
      update.clear()
      update.done()
    },
  }
}

const inLog = ({ stream, now = () => performance.now() }: ProgressOptions): Progress => {
  const tracks = new Tracks()
  let ended = false
  const show = (track: Track): void => {
    stream.write(`${describe(track, now())}\n`)
    tracks.shown(track, now())
  }
  const timer = setInterval(() => {
    for (const track of tracks.list()) if (now() - track.shown >= heartbeat) show(track)
  }, tick).unref()
  return {
    listener: (event) => {
      if (ended) return
      const { track, isNew } = tracks.event(event, now())
      if (isNew || now() - track.shown >= calm) show(track)
    },
    say: (line) => {
      stream.write(`${line}\n`)
    },
    [Symbol.dispose]: () => {
      ended = true
      clearInterval(timer)
    },
  }
}

/**
 * Shows what is under way: phase, elapsed time, what it waits for. On a terminal one line per architecture that is
 * updated in place; elsewhere plain lines, one per step and now and then one more.
 */
export const showProgress = (options: ProgressOptions): Progress =>
  options.stream.isTTY === true && options.environment.TERM !== 'dumb' ? onTerminal(options) : inLog(options)
