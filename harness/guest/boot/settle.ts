import type { Console } from '../console/console.ts'
import { waitUntil } from '../console/expect.ts'
import type { BootTracker } from './boot-tracker.ts'
import type { Deadlines } from './deadlines.ts'

const promptMs = 500
const forever = 2_147_483_647

/** The kernel was told to say little: that it says nothing proves nothing. */
const isQuiet = (cmdline: string): boolean => /(?:^|\s)(?:quiet|loglevel=[0-4])(?:\s|$)/.test(cmdline)

/**
 * Waits until a guest that no one can enter counts as booted: it asks for a login or shows a prompt, or its kernel has
 * handed over to init and the console has been quiet for a while, or has been chattering for long enough.
 * The tracker's deadlines apply beside it.
 * @returns why it counts as booted
 */
export const settle = (
  console: Console,
  tracker: BootTracker,
  deadlines: Deadlines,
  cmdline: string,
  signal: AbortSignal,
): Promise<string> =>
  waitUntil(
    console,
    () => {
      const { silentMs } = console
      switch (tracker.phase) {
        case 'login':
          return silentMs >= promptMs ? 'the console shows a prompt' : undefined
        case 'init':
          if (silentMs >= deadlines.settle) {
            return `the console has been quiet for ${deadlines.settle / 1000} s after init started`
          }
          return tracker.elapsedMs >= deadlines.settleAtMost
            ? `init has been running for ${deadlines.settleAtMost / 1000} s`
            : undefined
        case 'kernel':
          return isQuiet(cmdline) && silentMs >= 3 * deadlines.settle
            ? `a kernel that was told to be quiet has been so for ${(3 * deadlines.settle) / 1000} s`
            : undefined
        case 'firmware':
          return undefined
      }
    },
    {
      phase: 'init',
      what: 'the guest to come to rest',
      reason: 'the target has no login',
      timeoutMs: forever,
      againMs: () => 200,
      signal,
    },
  )
