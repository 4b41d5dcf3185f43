import { randomBytes } from 'node:crypto'
import { DrydockError, type Phase } from '../../common/errors.ts'
import type { Console } from '../console/console.ts'
import { waitUntil } from '../console/expect.ts'
import { enterAgent } from './agent-basics.ts'
import { type Frame, frameReader, isKind } from './frame.ts'

export interface AgentOptions {
  readonly phase: Phase
  /** Until the prompt has answered. */
  readonly timeoutMs: number
  /** Gives up entering; once entered it has no effect. */
  readonly signal?: AbortSignal | undefined
}

const answerMs = 6000
const attempts = 4
const maxUnread = 1500

/** Control-C. */
export const interrupt = '\u0003'

/** A serial line whose prompt reads whole lines and answers with frames; nothing is known of the guest yet. */
export class AgentLine {
  readonly console: Console
  readonly token: string
  private readonly phase: Phase
  private signal: AbortSignal | undefined
  private lessons = 0
  private readonly listeners = new Set<(frame: Frame) => void>()
  private readonly stopDiverting: () => void

  /** @param token That of a line which was entered before. @default a new one */
  constructor(console: Console, options: AgentOptions, token = randomBytes(4).toString('hex')) {
    this.console = console
    this.token = token
    this.phase = options.phase
    this.signal = options.signal
    const read = frameReader(this.token)
    this.stopDiverting = console.divert((text) => {
      const { frames, rest } = read(text)
      for (const frame of frames) {
        for (const listener of this.listeners) {
          listener(frame)
        }
      }
      return frames.length > 0 && rest.trim() === '' ? undefined : rest
    })
  }

  async enter(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    for (let attempt = 0; ; attempt += 1) {
      const entered = this.ask(enterAgent(this.token), 'the shell prompt to answer', isKind('0', 'B'), 1)
      const failure = await entered.then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure === undefined) {
        return
      }
      if (!(failure instanceof DrydockError && failure.timedOut)) {
        throw failure
      }
      if (performance.now() > deadline) {
        throw new DrydockError('nothing on the serial line answers like a shell', {
          code: 'NO_PROMPT',
          blame: 'guest',
          phase: this.phase,
          hint: 'See whether the login in the target file names the right line and user.',
          consoleTail: this.console.tail(),
          timedOut: true,
        })
      }
      await this.console.write(attempt % 2 === 0 ? interrupt : '\n')
    }
  }

  /** Everything that was needed is there. */
  ready(): void {
    this.signal = undefined
  }

  async type(text: string): Promise<void> {
    await this.console.write(`${text}\n`)
  }

  /** Types lines that define something, with a stop before the terminal's buffer is full. */
  async teach(texts: readonly string[]): Promise<void> {
    let typed = 0
    for (const text of texts) {
      await this.type(text)
      typed += text.length
      if (typed > maxUnread || text === texts.at(-1)) {
        this.lessons += 1
        const lesson = String(this.lessons)
        await this.ask(`W "0;S;${lesson}"`, 'the set-up to be read', ({ id, kind, fields: [number] }) =>
          id === '0' && kind === 'S' && number === lesson ? true : undefined,
        )
        typed = 0
      }
    }
  }

  async ask<T>(
    text: string,
    what: string,
    accept: (frame: Frame) => T | undefined,
    tries = attempts,
  ): Promise<T> {
    let answer: T | undefined
    const stop = this.onFrame((frame) => {
      answer ??= accept(frame)
    })
    try {
      for (let attempt = 1; ; attempt += 1) {
        await this.type(text)
        try {
          return await waitUntil(this.console, () => answer, {
            phase: this.phase,
            what,
            reason: 'the serial shell depends on it',
            timeoutMs: answerMs,
            signal: this.signal,
          })
        } catch (error) {
          if (attempt >= tries || !(error instanceof DrydockError && error.timedOut)) {
            throw error
          }
        }
      }
    } finally {
      stop()
    }
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  leave(): void {
    this.stopDiverting()
    this.listeners.clear()
  }

  unusable(problem: string): DrydockError {
    return new DrydockError(`the shell on the serial line cannot be used: ${problem}`, {
      code: 'SHELL_UNUSABLE',
      blame: 'guest',
      phase: this.phase,
      consoleTail: this.console.tail(),
    })
  }
}
