import { onExit } from 'signal-exit'

const cleanups = new Set<() => void>()
let installed = false

/**
 * Has `cleanup` run, synchronously, when this process ends by itself, by process.exit or by a signal that can be
 * caught, unless the returned function was called before.
 */
export const atExit = (cleanup: () => void): (() => void) => {
  if (!installed) onExit(() => runAll())
  installed = true
  cleanups.add(cleanup)
  return () => {
    cleanups.delete(cleanup)
  }
}

const runAll = () => {
  for (const cleanup of cleanups) cleanup()
  cleanups.clear()
}
