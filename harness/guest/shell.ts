/** What a command did. The same type whichever way it was run. */
export interface CommandResult {
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** 0..255, or null where a signal ended it. */
  readonly exitCode: number | null
  /** Signal name without SIG, for example `KILL`; null where it exited. */
  readonly signal: string | null
  readonly durationMs: number
}

export interface RunOptions {
  /** Milliseconds until the command is given up and a `TIMED_OUT` error is thrown. @default 30000 */
  readonly timeoutMs?: number
  /** Why it is run: shown when it times out. */
  readonly reason?: string
  /** Bytes given to it on standard input. @default none, standard input is at its end */
  readonly stdin?: Buffer
}

/** A way to run a command in the guest. */
export interface Shell extends AsyncDisposable {
  readonly kind: 'serial' | 'ssh'
  /** A string is a script for the guest's `sh`; an array is a program and its arguments, quoted as they are. */
  run(command: string | readonly string[], options?: RunOptions): Promise<CommandResult>
}

/** Quotes one word for a POSIX shell. */
export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
