import type { Console } from './console/console.ts'
import type { Position } from './console/expect.ts'
import { segments } from './console/kernel-prefix.ts'

/** What the last words on a console ask for or say; `quiet` and `accepted`: nothing, for long enough. */
export type Seen = 'login' | 'password' | 'activate' | 'refused' | 'locked' | 'shell' | 'quiet' | 'accepted'

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
  { seen: 'login', pattern: /(?:^|[\s\w.-])(?<!^last )login: ?$/i },
  { seen: 'shell', pattern: /(?:^|[\w\s~/)\]:.-])[#$] ?$/ },
]

const isRefusal = (seen: Seen | undefined): boolean => seen === 'refused' || seen === 'locked'

/** Quiet for so long, what stands there is all that comes. */
export const settledMs = 300
/** A line that stops at one of the fixed words of login programs needs less: hardly anything else ends so. */
const askedMs = 10
/**
 * A prompt that follows the login needs little: where it was none after all, what is typed waits until the shell reads,
 * since login programs drop what came too early before they ask for a password, not behind it.
 */
const enteredMs = 30
/** Quiet for so long, the prompt may have been scrolled away by other output: ask for it again. */
const nudgeMs = 3000
/** Quiet for so long after the user's name or password, a shell with an odd prompt may be waiting. */
const acceptedMs = 8000

/** Nothing is there that could become a prompt without another word: time for the long waits alone to be noticed. */
const idleMs = 200

/** Whether this unfinished line, at which the guest has stopped, asks for a login, a password or a command. */
export const looksLikePrompt = (line: string): boolean => {
  const own = withoutKernel(line)
  return prompts.some(
    ({ seen, pattern }) => ['login', 'password', 'shell'].includes(seen) && pattern.test(own),
  )
}

/** What is looked for: a prompt at or behind a place on the console. */
export interface PromptSearch {
  readonly from: Position
  /** When something was typed last, in the console's time. */
  readonly actedAt: number
  /** Whether the login has been given a user's name. */
  readonly isUserGiven: boolean
}

/** Judges what has come since `from`, each line once; the kernel may print at any moment, and does not count. */
export class PromptWatch {
  private readonly console: Console
  private readonly search: PromptSearch
  private nextLine: number
  /** What the last finished line of the guest's own asks for. */
  private standing: Seen | undefined
  private lastWordAt: number

  constructor(console: Console, search: PromptSearch) {
    this.console = console
    this.search = search
    this.nextLine = search.from.line
    this.lastWordAt = search.actedAt
  }

  /** After how long to ask again, even when nothing comes. */
  get againMs(): number {
    return this.console.partial === '' && this.standing === undefined ? idleMs : askedMs
  }

  /** To be asked after everything that comes. */
  next(): Seen | undefined {
    const { console, search } = this
    const end = this.takeLines()
    if (end !== undefined) return end
    // Whatever is on the unfinished line, it has not stopped there yet.
    if (console.partial !== '' && console.silentMs < askedMs) return undefined
    const own = this.ownOf(console.lineNumber, console.partial)
    const seen = own === '' ? this.standing : this.classify(own)
    const lastWordAt =
      own === '' ? this.lastWordAt : Math.max(this.lastWordAt, console.now - console.silentMs)
    const quietMs = console.now - lastWordAt
    if (seen !== undefined) return quietMs >= this.patience(seen, own) ? seen : undefined
    if (search.isUserGiven) return quietMs >= acceptedMs ? 'accepted' : undefined
    return quietMs >= nudgeMs && console.lineNumber > 0 ? 'quiet' : undefined
  }

  /** @returns that the login was refused, where it was */
  private takeLines(): Seen | undefined {
    for (const { number, text, at } of this.console.linesFrom(this.nextLine)) {
      this.nextLine = number + 1
      const own = this.ownOf(number, text)
      const found = this.classify(own)
      if (isRefusal(found)) return found
      if (own.trim() === '') continue
      // A prompt that still stands was torn off its line by the kernel; one with an answer behind it is over.
      this.standing = own === text ? undefined : found
      this.lastWordAt = Math.max(this.lastWordAt, at)
    }
    return undefined
  }

  private ownOf(number: number, text: string): string {
    const { from } = this.search
    return withoutKernel(number === from.line ? text.slice(from.column) : text)
  }

  /** Nobody can be refused who has not asked yet. */
  private classify(own: string): Seen | undefined {
    const seen = own === '' ? undefined : classify(own)
    return isRefusal(seen) && !this.search.isUserGiven ? undefined : seen
  }

  private patience(seen: Seen, own: string): number {
    if (own === '') return settledMs
    if (seen === 'login' || seen === 'password') return askedMs
    return seen === 'shell' && this.search.isUserGiven ? enteredMs : settledMs
  }
}

/** What stood on this line before the kernel printed behind it. */
const withoutKernel = (line: string): string => {
  const [first] = segments(line)
  return first === undefined || first.stamped ? '' : first.text
}

const classify = (line: string): Seen | undefined => prompts.find(({ pattern }) => pattern.test(line))?.seen
