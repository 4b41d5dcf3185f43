import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type InterruptSignal = (typeof signals)[number]

/** The exit code by which a shell knows a program that a signal ended. */
export const exitCodeOfSignal = (signal: InterruptSignal): number => 128 + constants.signals[signal]

/** Who is asked to end the work, and whether that has happened. */
export interface Interruption extends Disposable {
  /** The first signal that came. */
  readonly signal: InterruptSignal | undefined
}

/**
 * Takes the place of every listener for signals that end a program: the first signal asks `cancel` to end the work in
 * order, with guests closed and reports written; the second ends the process at once.
 */
export const onInterrupt = (cancel: (signal: InterruptSignal) => void): Interruption => {
  const replaced = signals.map((signal) => [signal, process.rawListeners(signal)] as const)
  let first: InterruptSignal | undefined
  const listen = (signal: InterruptSignal): void => {
    if (first !== undefined) process.exit(exitCodeOfSignal(first))
    first = signal
    cancel(signal)
  }
  for (const signal of signals) {
    process.removeAllListeners(signal)
    process.on(signal, listen)
  }
  return {
    get signal() {
      return first
    },
    [Symbol.dispose]: () => {
      for (const [signal, listeners] of replaced) {
        process.off(signal, listen)
        for (const listener of listeners) process.on(signal, listener as NodeJS.SignalsListener)
      }
    },
  }
}
