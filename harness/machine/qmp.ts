import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { DrydockError } from '../common/errors.ts'
import { commandResults, type QmpArguments, type QmpCommandName, type QmpResult } from './qmp/commands.ts'
import { knownEvent, type QmpEvent, type QmpEventName, type QmpEventOf } from './qmp/events.ts'
import { defaultLineLimit, LineSplitter } from './qmp/lines.ts'
import { parseMessage } from './qmp/messages.ts'

export type { QmpArguments, QmpCommandName, QmpResult } from './qmp/commands.ts'
export type { QmpEvent, QmpEventName, QmpEventOf } from './qmp/events.ts'

export interface QmpOptions {
  /** Milliseconds until QEMU must have greeted. @default 15000 */
  readonly greetingDeadlineMs?: number
  /** Bytes. @default 16 MiB */
  readonly lineLimit?: number
}

export interface ExecuteOptions {
  /** Milliseconds until the answer must be there. @default 15000 */
  readonly timeoutMs?: number
}

type ExecuteParameters<Name extends QmpCommandName> =
  QmpArguments<Name> extends undefined
    ? [command: Name, args?: undefined, options?: ExecuteOptions]
    : [command: Name, args: QmpArguments<Name>, options?: ExecuteOptions]

interface Pending {
  readonly command: string
  resolve(value: unknown): void
  reject(error: Error): void
}

const defaultDeadlineMs = 15_000

/**
 * QEMU's machine protocol over one stream: commands with typed, validated results, and typed events.
 * Whatever goes wrong on the stream rejects every command that waits, and all later ones.
 */
export class QmpClient {
  readonly #stream: Duplex
  readonly #lines: LineSplitter
  readonly #pending = new Map<number, Pending>()
  readonly #events = new EventEmitter().setMaxListeners(0)
  readonly #seen = new Map<QmpEventName, QmpEvent>()
  readonly #greeted = Promise.withResolvers<string>()
  readonly #closed = Promise.withResolvers<DrydockError>()
  #failure: DrydockError | undefined
  #nextId = 1

  private constructor(stream: Duplex, options: QmpOptions) {
    this.#stream = stream
    this.#lines = new LineSplitter(options.lineLimit ?? defaultLineLimit)
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', (cause) => this.#fail(closedError(cause)))
    stream.on('close', () => this.#fail(closedError()))
    stream.on('end', () => this.#fail(closedError()))
    this.#greeted.promise.catch(() => {})
  }

  /** Waits for QEMU's greeting and leaves capability negotiation. Throws `QMP_NO_GREETING` after the deadline. */
  static async connect(stream: Duplex, options: QmpOptions = {}): Promise<QmpClient> {
    const client = new QmpClient(stream, options)
    const deadlineMs = options.greetingDeadlineMs ?? defaultDeadlineMs
    const timer = setTimeout(() => client.#fail(noGreeting(deadlineMs)), deadlineMs)
    try {
      await client.#greeted.promise
    } finally {
      clearTimeout(timer)
    }
    await client.execute('qmp_capabilities')
    return client
  }

  /** Resolves with the reason once no further command can be executed. */
  get closed(): Promise<DrydockError> {
    return this.#closed.promise
  }

  /** Throws `QMP_REFUSED` (QEMU's own words), `QMP_UNEXPECTED` (a result of another shape), `QMP_CLOSED` or `TIMED_OUT`. */
  async execute<Name extends QmpCommandName>(
    ...parameters: ExecuteParameters<Name>
  ): Promise<QmpResult<Name>> {
    const [command, args, options] = parameters
    const value = await this.#request(command, args, options?.timeoutMs ?? defaultDeadlineMs)
    const parsed = commandResults[command].safeParse(value)
    if (parsed.success) return parsed.data as QmpResult<Name>
    throw new DrydockError(
      `expected another result from the QMP command ${command}: ${parsed.error.message}`,
      {
        code: 'QMP_UNEXPECTED',
        blame: 'testbed',
        cause: parsed.error,
      },
    )
  }

  /** Runs one command of QEMU's human monitor. Its answer is meant for people: no format is promised. */
  async human(commandLine: string, options: ExecuteOptions = {}): Promise<string> {
    return await this.execute('human-monitor-command', { 'command-line': commandLine }, options)
  }

  /** Calls `listener` for each event of that kind from now on. Returns what ends it. */
  on<Name extends QmpEventName>(name: Name, listener: (event: QmpEventOf<Name>) => void): () => void {
    this.#events.on(name, listener)
    return () => this.#events.off(name, listener)
  }

  /** The latest event of that kind, if there was one. */
  last<Name extends QmpEventName>(name: Name): QmpEventOf<Name> | undefined {
    return this.#seen.get(name) as QmpEventOf<Name> | undefined
  }

  close(): void {
    this.#fail(closedError())
  }

  async #request(command: string, args: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#pending.set(id, { command, resolve, reject })
    const timer = setTimeout(() => reject(unanswered(command, timeoutMs)), timeoutMs)
    try {
      this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
      return await promise
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#failure !== undefined) return
    try {
      for (const line of this.#lines.push(chunk)) this.#dispatch(line)
    } catch (error) {
      this.#fail(error instanceof DrydockError ? error : closedError(error))
    }
  }

  #dispatch(line: string): void {
    const message = parseMessage(line)
    if (message.kind === 'greeting') this.#greeted.resolve(message.version)
    else if (message.kind === 'event') this.#announce(knownEvent(message))
    else if (message.kind === 'result') this.#pending.get(message.id)?.resolve(message.value)
    else this.#refuse(message)
  }

  #announce(event: QmpEvent | undefined): void {
    if (event === undefined) return
    this.#seen.set(event.name, event)
    this.#events.emit(event.name, event)
  }

  #refuse({ id, name, text }: { id: number | undefined; name: string; text: string }): void {
    const pending = id === undefined ? undefined : this.#pending.get(id)
    const error = new DrydockError(`QEMU refused ${pending?.command ?? 'a command'}: ${text} (${name})`, {
      code: 'QMP_REFUSED',
      blame: 'testbed',
    })
    // Without an id the line itself was not understood, so no answer to any command can be trusted any more.
    if (pending === undefined) this.#fail(error)
    else pending.reject(error)
  }

  #fail(error: DrydockError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#greeted.reject(error)
    this.#closed.resolve(error)
    this.#stream.destroy()
  }
}

const closedError = (cause?: unknown) =>
  new DrydockError('QEMU closed its QMP connection', { code: 'QMP_CLOSED', blame: 'testbed', cause })

const noGreeting = (deadlineMs: number) =>
  new DrydockError(`expected QEMU's QMP greeting within ${deadlineMs} ms, found none`, {
    code: 'QMP_NO_GREETING',
    blame: 'testbed',
    timedOut: true,
  })

const unanswered = (command: string, timeoutMs: number) =>
  new DrydockError(`expected QEMU to answer the QMP command ${command} within ${timeoutMs} ms, it did not`, {
    code: 'TIMED_OUT',
    blame: 'testbed',
    timedOut: true,
  })
