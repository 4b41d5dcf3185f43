import { DrydockError, type Phase } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'
import type { Console } from './console.ts'

const closedGraceMs = 1000

/** A place in the console's output. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface WaitOptions {
  readonly phase: Phase
  /** What is awaited, as in "waiting for a login prompt". */
  readonly what: string
  /** Why, for the person who reads that it never came. */
  readonly reason: string
  readonly timeoutMs: number
  /** Ends the wait after this long without a byte from the guest. @default no limit */
  readonly silenceMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Polls after so long even when nothing comes, for conditions that depend on time; asked after each poll.
   * @default only when something comes
   */
  readonly againMs?: () => number
}

export interface Match {
  readonly text: string
  readonly groups: readonly (string | undefined)[]
  readonly at: number
  /** Just behind the match: where to look next. */
  readonly end: Position
}

/** The end of what has come so far: a wait from here sees only what comes later. */
export const positionNow = (console: Console): Position => ({
  line: console.lineNumber,
  column: console.partial.length,
})

/** The start of the console's unfinished line: a wait from here sees a prompt that is already there. */
export const lineStart = (console: Console): Position => ({ line: console.lineNumber, column: 0 })

/** Where `pattern` (not global) first matches within one line, finished or not, at or behind `from`. */
export const find = (console: Console, pattern: RegExp, from: Position): Match | undefined => {
  const partial = { number: console.lineNumber, at: console.now, text: console.partial }
  for (const { number, at, text } of [...console.linesFrom(from.line), partial]) {
    const column = number === from.line ? from.column : 0
    const found = pattern.exec(text.slice(column))
    if (found !== null) {
      const end = { line: number, column: column + found.index + found[0].length }
      return { text: found[0], groups: found.slice(1), at, end }
    }
  }
  return undefined
}

/**
 * Waits until `pattern` matches within a line of the console.
 * @param options.from Where to start looking. @default the start of the unfinished line
 */
export const waitFor = (
  console: Console,
  pattern: RegExp,
  options: WaitOptions & { readonly from?: Position },
): Promise<Match> => {
  const from = options.from ?? lineStart(console)
  return waitUntil(console, () => find(console, pattern, from), options)
}

/**
 * Waits until `poll`, asked after everything that comes, gives a value. Ends with an error at once when the guest dies,
 * after `timeoutMs`, or after `silenceMs` without output.
 */
export const waitUntil = async <T>(
  console: Console,
  poll: () => T | undefined,
  options: WaitOptions,
): Promise<T> => {
  options.signal?.throwIfAborted()
  const startedAt = console.now
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let closing: NodeJS.Timeout | undefined
  const check = (): void => {
    const value = poll()
    if (value !== undefined) {
      resolve(value)
      return
    }
    const failure = console.life.failure(options.phase, `waited for ${options.what} (${options.reason})`)
    if (failure !== undefined) {
      reject(failure)
    } else if (console.closed) {
      // QEMU's end, which says why, is reported a little later than the end of its console.
      closing ??= setTimeout(
        () => reject(waitError(console, options, 'CONSOLE_CLOSED', 'the console closed')),
        closedGraceMs,
      )
    }
  }
  const abort = (): void => reject(options.signal?.reason)
  const waited = (): string => `${((console.now - startedAt) / 1000).toFixed(1)} s`
  const timeout = setTimeout(
    () => reject(waitError(console, options, 'TIMED_OUT', `timed out after ${waited()}`)),
    options.timeoutMs,
  )
  const again = new Again(check, options.againMs)
  const silence = watchSilence(console, options, reject)
  const stops = [
    console.onChange(() => again.check()),
    console.life.onEnd(check),
    silence,
    () => clearTimeout(timeout),
    () => again.stop(),
    () => clearTimeout(closing),
  ]
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    again.check()
    return await promise
  } finally {
    options.signal?.removeEventListener('abort', abort)
    for (const stop of stops) {
      stop()
    }
  }
}

/** Looks again when something may have changed with time, and wakes no earlier than that. */
class Again {
  private readonly look: () => void
  private readonly againMs: (() => number) | undefined
  private timer: NodeJS.Timeout | undefined
  private dueAt = Number.POSITIVE_INFINITY

  constructor(look: () => void, againMs: (() => number) | undefined) {
    this.look = look
    this.againMs = againMs
  }

  check(): void {
    this.look()
    if (this.againMs === undefined) return
    const dueAt = performance.now() + this.againMs()
    if (dueAt >= this.dueAt) return
    clearTimeout(this.timer)
    this.dueAt = dueAt
    this.timer = setTimeout(() => {
      this.dueAt = Number.POSITIVE_INFINITY
      this.check()
    }, dueAt - performance.now())
  }

  stop(): void {
    clearTimeout(this.timer)
    this.dueAt = Number.NEGATIVE_INFINITY
  }
}

const watchSilence = (
  console: Console,
  options: WaitOptions,
  reject: (error: unknown) => void,
): (() => void) => {
  const limit = options.silenceMs
  if (limit === undefined) {
    return () => {}
  }
  const startedAt = console.now
  let timer: NodeJS.Timeout
  const look = (): void => {
    const silent = Math.min(console.silentMs, console.now - startedAt)
    if (silent >= limit) {
      const seconds = (silent / 1000).toFixed(1)
      reject(waitError(console, options, 'GUEST_SILENT', `the console has been silent for ${seconds} s`))
    } else {
      timer = setTimeout(look, limit - silent + 1)
    }
  }
  look()
  return () => clearTimeout(timer)
}

const waitError = (console: Console, options: WaitOptions, code: string, happened: string): DrydockError => {
  const worst = console.incidents.find(({ severity }) => severity !== 'warning')
  return new DrydockError(`${happened} waiting for ${options.what} (${options.reason})`, {
    code,
    blame: 'guest',
    phase: options.phase,
    hint:
      worst === undefined
        ? undefined
        : `The kernel reported earlier: ${worst.kind}: ${neutraliseLine(worst.summary, 200)}`,
    consoleTail: console.tail(20) || '(nothing was ever shown on this console)',
    timedOut: code === 'TIMED_OUT',
    guestDied: code === 'CONSOLE_CLOSED',
  })
}
