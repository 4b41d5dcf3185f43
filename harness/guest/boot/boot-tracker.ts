import type { Architecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import type { ProgressListener } from '../../common/progress.ts'
import type { Console } from '../console/console.ts'
import { settledMs } from '../prompt-watch.ts'
import { type BootPhase, bootPhases, type Deadlines } from './deadlines.ts'
import { phaseOfLine, phaseOfPrompt } from './milestones.ts'

export interface TrackerOptions {
  readonly architecture: Architecture
  readonly console: Console
  readonly deadlines: Deadlines
  readonly progress: ProgressListener
  /** The guest can be entered without its console: then a console that never shows anything proves nothing. */
  readonly isReachableElsewhere: boolean
}

const tickMs = 1000
const promptTickMs = 200

/** Follows a boot on the console: which phase it is in, how long each took, and whether one takes too long. */
export class BootTracker implements Disposable {
  /** Milliseconds by phase, of the phases that are over. */
  readonly timings: Record<string, number> = {}
  private readonly options: TrackerOptions
  private readonly overdue = Promise.withResolvers<never>()
  private readonly stops: (() => void)[]
  private current: BootPhase = 'firmware'
  private enteredAt: number
  private nextLine = 0
  private waitsFor = 'the first words of the kernel'

  constructor(options: TrackerOptions) {
    this.options = options
    const { console } = options
    this.enteredAt = console.now
    this.overdue.promise.catch(() => {})
    const timer = setInterval(() => this.tick(), tickMs)
    const promptTimer = setInterval(() => this.lookForPrompt(), promptTickMs)
    this.stops = [
      console.onChange(() => this.look()),
      () => clearInterval(timer),
      () => clearInterval(promptTimer),
    ]
    console.mark(this.current)
    this.look()
    this.tick()
  }

  get phase(): BootPhase {
    return this.current
  }

  /** What is waited for right now. */
  get awaited(): string {
    return this.waitsFor
  }

  /** Milliseconds since the current phase began. */
  get elapsedMs(): number {
    return this.options.console.now - this.enteredAt
  }

  /** Rejects with `TIMED_OUT` or `GUEST_SILENT` when a phase takes too long; never resolves. */
  get tooLate(): Promise<never> {
    return this.overdue.promise
  }

  /**
   * Says what is awaited, for the progress display and for the error when it never comes.
   * @param detail What was found last, shown with the next tick
   */
  waitFor(what: string, detail?: string): void {
    const isNew = this.waitsFor !== what && detail === undefined
    this.waitsFor = detail === undefined ? what : `${what}; ${detail}`
    if (isNew) {
      this.show()
    }
  }

  /**
   * Moves on to a later phase; an earlier one is ignored.
   * @param at When it began, in the console's time. @default now
   */
  enter(phase: BootPhase, at = this.options.console.now): void {
    const from = bootPhases.indexOf(this.current)
    const to = bootPhases.indexOf(phase)
    if (to <= from) {
      return
    }
    this.timings[this.current] = Math.max(0, Math.round(at - this.enteredAt))
    for (const skipped of bootPhases.slice(from + 1, to)) {
      this.timings[skipped] = 0
    }
    this.current = phase
    this.enteredAt = at
    this.options.console.mark(phase)
    this.show()
  }

  /** The boot is over: closes the last phase. */
  finish(): void {
    this.timings[this.current] = Math.round(this.elapsedMs)
    this.options.console.mark('booted')
    this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    for (const stop of this.stops) {
      stop()
    }
  }

  private look(): void {
    const { console } = this.options
    for (const { number, text } of console.linesFrom(this.nextLine)) {
      this.nextLine = number + 1
      this.enter(phaseOfLine(text, this.current) ?? this.current)
    }
  }

  /** A line that is still being printed may look like a prompt for a moment. */
  private lookForPrompt(): void {
    const { console } = this.options
    if (console.silentMs >= settledMs) {
      this.enter(phaseOfPrompt(console.partial) ?? this.current, console.now - console.silentMs)
    }
  }

  private tick(): void {
    this.show()
    const { console, deadlines, isReachableElsewhere } = this.options
    const isMute = console.lineNumber === 0 && console.partial === ''
    if (isMute && isReachableElsewhere) {
      return
    }
    const limit = deadlines.phases[this.current]
    if (this.elapsedMs > limit) {
      this.fail('TIMED_OUT', `this phase has not ended within ${limit / 1000} s`)
    } else if (this.current === 'kernel' && console.silentMs > deadlines.silence) {
      this.fail('GUEST_SILENT', `the console has been silent for ${Math.round(console.silentMs / 1000)} s`)
    }
  }

  private fail(code: 'TIMED_OUT' | 'GUEST_SILENT', happened: string): void {
    const tail = this.options.console.tail()
    this.overdue.reject(
      new DrydockError(`${happened}; waited for ${this.waitsFor}`, {
        code,
        blame: 'guest',
        phase: this.current,
        hint:
          tail === ''
            ? 'Nothing was ever shown: does the kernel command line name the serial console?'
            : undefined,
        consoleTail: tail === '' ? undefined : tail,
        timedOut: true,
      }),
    )
  }

  private show(): void {
    const { architecture, progress } = this.options
    const seconds = (this.elapsedMs / 1000).toFixed(0)
    progress({ architecture, step: this.current, detail: `${this.waitsFor} (${seconds} s)` })
  }
}
