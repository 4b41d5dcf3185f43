import { DrydockError, type Phase } from '../common/errors.ts'
import type { Console } from './console/console.ts'
import { lineStart, positionNow, waitUntil } from './console/expect.ts'
import { type PromptSearch, PromptWatch, type Seen } from './prompt-watch.ts'

export interface Credentials {
  readonly user: string
  readonly password?: string | undefined
}

export interface LoginOptions {
  readonly phase: Phase
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Told what is being done. */
  readonly onStep?: (text: string) => void
}

/**
 * Brings a console to a shell prompt: waits for a login prompt (or finds itself at a shell already), gives user and
 * password. Whether the shell then works is for the caller to find out.
 * @throws DrydockError `LOGIN_REFUSED`, or `TIMED_OUT` when no prompt ever comes
 */
export const logIn = async (
  console: Console,
  credentials: Credentials,
  options: LoginOptions,
): Promise<void> => {
  const deadline = performance.now() + options.timeoutMs
  const state = { from: lineStart(console), actedAt: console.now, isUserGiven: false, isPasswordGiven: false }
  const answer = async (text: string): Promise<void> => {
    state.from = positionNow(console)
    state.actedAt = console.now
    await console.write(`${text}\n`)
  }
  for (;;) {
    const seen = await nextPrompt(console, state, deadline, options)
    switch (seen) {
      case 'shell':
      case 'accepted':
        return
      case 'quiet':
      case 'activate':
        await answer('')
        break
      case 'login':
        if (state.isPasswordGiven) {
          throw refused(console, credentials, options.phase)
        }
        options.onStep?.(`log in as ${credentials.user}`)
        state.isUserGiven = true
        await answer(credentials.user)
        break
      case 'password':
        if (credentials.password === undefined || state.isPasswordGiven) {
          throw refused(console, credentials, options.phase)
        }
        state.isUserGiven = true
        state.isPasswordGiven = true
        await answer(credentials.password)
        break
      case 'refused':
      case 'locked':
        throw refused(console, credentials, options.phase)
    }
  }
}

const nextPrompt = (
  console: Console,
  search: PromptSearch,
  deadline: number,
  options: LoginOptions,
): Promise<Seen> => {
  const watch = new PromptWatch(console, search)
  return waitUntil(console, () => watch.next(), {
    phase: options.phase,
    what: search.isUserGiven ? 'the login to be accepted' : 'a login prompt',
    reason: 'the target says that one can log in here',
    timeoutMs: Math.max(0, deadline - performance.now()),
    againMs: () => watch.againMs,
    signal: options.signal,
  })
}

const refused = (console: Console, { user, password }: Credentials, phase: Phase): DrydockError =>
  new DrydockError(
    password === undefined
      ? `the guest asks for a password for ${user}, and the target gives none`
      : `the guest refuses the login of ${user} with the password that the target gives`,
    {
      code: 'LOGIN_REFUSED',
      blame: 'guest',
      phase,
      hint: 'Correct login.serial in the target file, or --login USER:PASSWORD.',
      consoleTail: console.tail(),
    },
  )
