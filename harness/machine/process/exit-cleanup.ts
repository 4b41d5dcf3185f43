import { onExit } from 'signal-exit'

const cleanups = new Set<() => void>()

/**
 * Has `cleanup` run, synchronously, when this process ends by itself, by process.exit or by a signal that can be
 * caught, unless the returned function was called before.
 */
export const atExit = (cleanup: () => void): (() => void) => {
  if (cleanups.size === 0) install()
  cleanups.add(cleanup)
  return () => {
    cleanups.delete(cleanup)
  }
}

let installed = false
const install = () => {
  if (installed) return
  installed = true
  onExit(() => {
    for (const cleanup of cleanups) cleanup()
    cleanups.clear()
  })
}
