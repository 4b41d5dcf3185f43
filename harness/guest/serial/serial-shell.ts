import PQueue from 'p-queue'
import { z } from 'zod'
import { DrydockError } from '../../common/errors.ts'
import type { Console } from '../console/console.ts'
import { waitUntil } from '../console/expect.ts'
import type { CommandResult, RunOptions, Shell } from '../shell.ts'
import { Agent } from './agent.ts'
import type { AgentOptions } from './agent-line.ts'
import { agentStateSchema } from './agent-state.ts'
import { RunningCommand } from './running-command.ts'
import { commandTimedOut, notArrived, shellFailed } from './shell-errors.ts'
import { ofStatus } from './signals.ts'
import { type Command, scriptOf, startLine } from './start-line.ts'
import { escapeBytes, typedPieces } from './typed.ts'

/** What a shell's host end has to remember, to go on in a copy of the guest; as JSON. */
export const serialStateSchema = z.strictObject({
  agent: agentStateSchema,
  nextId: z.number().int().positive(),
})
export type SerialState = z.output<typeof serialStateSchema>

const quietMs = 2500
const maxRounds = 25
const maxTyped = 3000
const inputPart = 49_152
/** So many small outputs the guest keeps until they are removed together. */
const maxFinished = 24

/**
 * A shell on a serial line. Each command runs in the background of the guest's prompt with its output kept in a file in
 * memory, and is then sent in numbered, checked lines: what the kernel prints in between is dropped, what it tears is
 * asked for again. Commands run one after the other.
 */
export class SerialShell implements Shell {
  readonly kind = 'serial'
  private readonly queue = new PQueue({ concurrency: 1 })
  private readonly console: Console
  private readonly options: AgentOptions
  private agent: Agent
  private nextId = 1
  /** Commands of which the guest still keeps the output. */
  private readonly finished: string[] = []

  private constructor(console: Console, agent: Agent, options: AgentOptions) {
    this.console = console
    this.agent = agent
    this.options = options
  }

  /** Takes over the shell prompt that is on the line. */
  static async open(console: Console, options: AgentOptions): Promise<SerialShell> {
    return new SerialShell(console, await Agent.enter(console, options), {
      phase: 'check',
      timeoutMs: options.timeoutMs,
    })
  }

  /** Goes on in a fork of the guest whose shell was put to rest; nothing is typed. */
  static resume(console: Console, { agent, nextId }: SerialState, options: AgentOptions): SerialShell {
    const shell = new SerialShell(console, Agent.resume(console, agent, options), options)
    shell.nextId = nextId
    return shell
  }

  /** Waits for the commands that were asked for and for the guest's end to be idle; gives what resuming it takes. */
  rest(): Promise<SerialState> {
    return this.queue.add(async () => {
      await this.tidy()
      return { agent: await this.agent.rest(), nextId: this.nextId }
    })
  }

  run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    return this.queue.add(() => this.runNow(command, options))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.add(() => this.agent.leave())
  }

  private async runNow(command: Command, options: RunOptions): Promise<CommandResult> {
    const id = String(this.nextId)
    this.nextId += 1
    const input = await this.sendInput(id, options.stdin)
    const start = startLine(id, command, input) ?? (await this.collected(id, command, input))
    const running = new RunningCommand(id, this.agent.tools)
    const stop = this.agent.onFrame((frame) => running.take(frame))
    const startedAt = performance.now()
    let isSmall = false
    try {
      await this.agent.type(start)
      await this.untilEnded(running, start, command, options)
      const durationMs = performance.now() - startedAt
      await this.untilComplete(running)
      isSmall = !running.isLarge && options.stdin === undefined
      return { stdout: running.stdout, stderr: running.stderr, ...ofStatus(running.status ?? 0), durationMs }
    } finally {
      stop()
      this.finished.push(id)
      if (!isSmall || this.finished.length >= maxFinished) {
        await this.tidy()
      }
    }
  }

  /** Types a long command beforehand. @returns the line that starts it */
  private async collected(id: string, command: Command, input: string): Promise<string> {
    await this.collect(id, scriptOf(command))
    return `R ${id} ${input}`
  }

  /** Types what a long text needs, and makes sure that all of it has arrived. */
  private async collect(id: string, text: string): Promise<void> {
    let length = 0
    await this.agent.type('C=')
    for (const piece of typedPieces(text)) {
      length += piece.length
      await this.agent.type(`A '${piece}'`)
      const found = await this.agent.ask(`W "${id};A;\${#C}"`, 'typed text to arrive', (frame) =>
        frame.id === id && frame.kind === 'A' ? Number(frame.fields[0]) : undefined,
      )
      if (found !== length) {
        throw notArrived(this.console, length, found)
      }
    }
  }

  /** @returns the file to be its standard input */
  private async sendInput(id: string, stdin: Buffer | undefined): Promise<string> {
    if (stdin === undefined) {
      return '/dev/null'
    }
    const { encoding } = await this.agent.findTools()
    const encode = encoding.unbase64 === undefined ? escapeBytes : (bytes: Buffer) => bytes.toString('base64')
    for (let start = 0; start === 0 || start < stdin.length; start += inputPart) {
      await this.collect(id, encode(stdin.subarray(start, start + inputPart)))
      await this.agent.type(`I ${id}`)
    }
    return `\${D}${id}.i`
  }

  private async untilEnded(
    running: RunningCommand,
    start: string,
    command: Command,
    options: RunOptions,
  ): Promise<void> {
    const timeoutMs = options.timeoutMs ?? 30_000
    const deadline = performance.now() + timeoutMs
    const isOver = () => running.status !== undefined || running.typedLength !== undefined
    while (!(await this.frames(running, isOver, deadline))) {
      if (performance.now() >= deadline) {
        await this.kill(running.id)
        throw commandTimedOut(this.console, command, timeoutMs, options)
      }
      // The command may just be busy, or its end may have been torn by a kernel message.
      await this.agent.type(running.isUnknown ? start : `V ${running.id}`)
    }
    if (running.status === undefined) {
      throw notArrived(this.console, start.length, running.typedLength ?? 0)
    }
    if (running.isSpoolFull) {
      throw shellFailed(
        this.console,
        'the guest has no room left to keep the output of a command; run it so that it prints less',
      )
    }
  }

  private async untilComplete(running: RunningCommand): Promise<void> {
    for (let round = 0; round < maxRounds; round += 1) {
      const deadline = Number.POSITIVE_INFINITY
      await this.frames(running, () => running.isSent, deadline)
      const missing = running.missing()
      if (missing.length === 0) {
        return
      }
      if (this.agent.tools === undefined) running.equip(await this.agent.findTools())
      running.isSent = false
      await this.agent.type(`${asManyAsFit(missing)};W "${running.id};Z"`)
    }
    throw shellFailed(this.console, 'its output was torn by other output again and again')
  }

  /** Waits for `done` until nothing has come of the command for a while, or until `deadline`. */
  private async frames(running: RunningCommand, done: () => boolean, deadline: number): Promise<boolean> {
    const isOver = (): boolean => {
      const now = performance.now()
      return now >= deadline || now - running.lastFrameAt >= quietMs
    }
    running.lastFrameAt = performance.now()
    await waitUntil(this.console, () => done() || isOver() || undefined, {
      phase: 'check',
      what: 'output of a command',
      reason: 'the serial shell runs it',
      timeoutMs: 2_147_483_647,
      againMs: () => 100,
    })
    return done()
  }

  private async kill(id: string): Promise<void> {
    try {
      await this.agent.ask(`Q ${id}`, 'a command to be killed', (frame) =>
        frame.id === id && frame.kind === 'Q' ? true : undefined,
      )
    } catch (error) {
      if (!(error instanceof DrydockError && error.timedOut)) {
        throw error
      }
      await this.agent.interrupt()
      this.agent = await Agent.enter(this.console, this.options)
    }
  }

  /** Has the guest remove what it kept of commands, which takes it the start of a program. */
  private async tidy(): Promise<void> {
    const ids = this.finished.splice(0)
    if (ids.length > 0 && !this.console.closed && this.console.life.death === undefined) {
      await this.agent.type(`H ${ids.join(' ')}`)
    }
  }
}

/** The first of these commands that fit on a typed line together. */
const asManyAsFit = (commands: readonly string[]): string => {
  const [first = '', ...others] = commands
  return others.reduce(
    (line, next) => (line.length + next.length < maxTyped ? `${line};${next}` : line),
    first,
  )
}
