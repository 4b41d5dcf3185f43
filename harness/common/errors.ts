/**
 * Who has to act: `usage` the person who called Drydock (exit 2), `testbed` the machine Drydock runs on or
 * Drydock itself (exit 3), `guest` the image under test, which died or never answered (exit 3 while booting).
 */
export type Blame = 'usage' | 'testbed' | 'guest'

/** The stretch of a guest's life an error or a time-out belongs to. */
export const phases = ['prepare', 'firmware', 'kernel', 'init', 'login', 'check', 'shutdown'] as const
export type Phase = (typeof phases)[number]

export interface DrydockErrorOptions {
  /** Stable, upper case, for programs: `QEMU_MISSING`, `GUEST_PANIC`, `TIMED_OUT`. */
  readonly code: string
  readonly blame: Blame
  readonly phase?: Phase | undefined
  /** What the reader can do next, one sentence. */
  readonly hint?: string | undefined
  /** The last lines of the console, already neutralised; appended to the message. */
  readonly consoleTail?: string | undefined
  readonly cause?: unknown
  /** A wait ran out of time. @default false */
  readonly timedOut?: boolean
  /** The guest's kernel or QEMU died. @default false */
  readonly guestDied?: boolean
}

/** The one error class that Drydock throws on purpose. `shortMessage` has no hint and no console tail. */
export class DrydockError extends Error {
  override readonly name = 'DrydockError'
  readonly shortMessage: string
  readonly code: string
  readonly blame: Blame
  readonly phase: Phase | undefined
  readonly hint: string | undefined
  readonly consoleTail: string | undefined
  readonly timedOut: boolean
  readonly guestDied: boolean

  constructor(shortMessage: string, options: DrydockErrorOptions) {
    super(
      [
        options.phase === undefined ? shortMessage : `[${options.phase}] ${shortMessage}`,
        options.hint,
        options.consoleTail === undefined ? undefined : `Console, last lines:\n${options.consoleTail}`,
      ]
        .filter((part) => part !== undefined && part !== '')
        .join('\n'),
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.shortMessage = shortMessage
    this.code = options.code
    this.blame = options.blame
    this.phase = options.phase
    this.hint = options.hint
    this.consoleTail = options.consoleTail
    this.timedOut = options.timedOut ?? false
    this.guestDied = options.guestDied ?? false
  }
}

/** The process exit code for an error: 2 wrong usage or configuration, 3 the test bed or the guest failed. */
export const exitCodeOf = (error: unknown): 2 | 3 =>
  error instanceof DrydockError && error.blame === 'usage' ? 2 : 3

/** The text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
