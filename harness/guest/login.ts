import { DrydockError, type Phase } from '../common/errors.ts'
import type { Console } from './console/console.ts'
import { lineStart, type Position, positionNow, waitUntil } from './console/expect.ts'
import { segments } from './console/kernel-prefix.ts'

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

type Seen = 'login' | 'password' | 'activate' | 'refused' | 'locked' | 'shell' | 'quiet' | 'accepted'

/** What a line of login programs looks like (util-linux, busybox, shadow, systemd); the first that matches. */
const prompts: readonly { readonly seen: Seen; readonly pattern: RegExp }[] = [
  {
    seen: 'refused',
    pattern: /^(?:Login incorrect|login: .*incorrect|Authentication failure|Permission denied)/i,
  },
  {
    seen: 'locked',
    pattern: /^(?:Cannot open access to console|Account (?:locked|expired)|root login refused)/i,
  },
  { seen: 'activate', pattern: /^Please press Enter to activate this console/i },
  { seen: 'activate', pattern: /^Press Enter for maintenance/i },
  { seen: 'password', pattern: /^(?:Password(?: for \S+)?|Give root password for maintenance.*): ?$/i },
  { seen: 'login', pattern: /(?:^|[\s\w.-])login: ?$/i },
  { seen: 'shell', pattern: /(?:^|[\w\s~/)\]:.-])[#$] ?$/ },
]

/** Quiet for so long, what stands there is all that comes. */
export const settledMs = 300
/** A line that stops at one of the fixed words of login programs needs less: hardly anything else ends so. */
const askedMs = 60
/** Quiet for so long, the prompt may have been scrolled away by other output: ask for it again. */
const nudgeMs = 3000
/** Quiet for so long after the user's name or password, a shell with an odd prompt may be waiting. */
const acceptedMs = 8000

/** Whether this unfinished line, at which the guest has stopped, asks for a login, a password or a command. */
export const looksLikePrompt = (line: string): boolean => {
  const own = withoutKernel(line)
  return prompts.some(
    ({ seen, pattern }) => ['login', 'password', 'shell'].includes(seen) && pattern.test(own),
  )
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

interface State {
  readonly from: Position
  readonly actedAt: number
  readonly isUserGiven: boolean
}

const nextPrompt = (console: Console, state: State, deadline: number, options: LoginOptions): Promise<Seen> =>
  waitUntil(console, () => lookForPrompt(console, state), {
    phase: options.phase,
    what: state.isUserGiven ? 'the login to be accepted' : 'a login prompt',
    reason: 'the target says that one can log in here',
    timeoutMs: Math.max(0, deadline - performance.now()),
    everyMs: 30,
    signal: options.signal,
  })

/** Judges what has come since `from`; the kernel may print at any moment, and does not count. */
const lookForPrompt = (console: Console, { from, actedAt, isUserGiven }: State): Seen | undefined => {
  let seen: Seen | undefined
  let lastWordAt = actedAt
  for (const line of console.linesFrom(from.line)) {
    const own = withoutKernel(line.number === from.line ? line.text.slice(from.column) : line.text)
    const found = own === '' ? undefined : classify(own)
    if (found === 'refused' || found === 'locked') {
      return isUserGiven ? found : undefined
    }
    if (own.trim() !== '') {
      // A prompt that still stands was torn off its line by the kernel; one with an answer behind it is over.
      seen = own === line.text ? undefined : found
      lastWordAt = Math.max(lastWordAt, line.at)
    }
  }
  const own = withoutKernel(
    console.lineNumber === from.line ? console.partial.slice(from.column) : console.partial,
  )
  if (own !== '') {
    seen = classify(own)
    lastWordAt = Math.max(lastWordAt, console.now - console.silentMs)
  }
  const quietMs = console.now - lastWordAt
  const isAsked = own !== '' && (seen === 'login' || seen === 'password')
  if (quietMs < (isAsked ? askedMs : settledMs)) return undefined
  if (seen !== undefined) return seen
  if (isUserGiven) {
    return quietMs >= acceptedMs ? 'accepted' : undefined
  }
  return quietMs >= nudgeMs && console.lineNumber > 0 ? 'quiet' : undefined
}

/** What stood on this line before the kernel printed behind it. */
const withoutKernel = (line: string): string => {
  const [first] = segments(line)
  return first === undefined || first.stamped ? '' : first.text
}

const classify = (line: string): Seen | undefined => prompts.find(({ pattern }) => pattern.test(line))?.seen

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
