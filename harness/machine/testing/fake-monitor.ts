import { type Duplex, duplexPair } from 'node:stream'
import { LineSplitter } from '../qmp/lines.ts'

export interface ReceivedCommand {
  readonly execute: string
  readonly arguments?: unknown
  readonly id: number
}

export const greeting = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: 'fake' }, capabilities: ['oob'] },
}

/** QEMU's side of a QMP connection, for tests of the client: it does what the test says, right or wrong. */
export class FakeMonitor {
  /** The client's end. */
  readonly stream: Duplex
  readonly received: ReceivedCommand[] = []
  readonly #end: Duplex
  readonly #answers = new Map<string, (command: ReceivedCommand) => void>()

  constructor() {
    const [ours, theirs] = duplexPair()
    this.#end = ours
    this.stream = theirs
    const lines = new LineSplitter()
    ours.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#receive(JSON.parse(line))
    })
    this.answer('qmp_capabilities', {})
  }

  /** From now on that command is answered with `value`; commands without an answer stay open. */
  answer(command: string, value: unknown): void {
    this.#answers.set(command, ({ id }) => this.send({ return: value, id }))
  }

  refuse(command: string, text: string): void {
    this.#answers.set(command, ({ id }) => this.send({ error: { class: 'GenericError', desc: text }, id }))
  }

  greet(): void {
    this.send(greeting)
  }

  event(name: string, data?: unknown): void {
    this.send({ event: name, data, timestamp: { seconds: 1_700_000_000, microseconds: 250_000 } })
  }

  send(message: unknown): void {
    this.raw(`${JSON.stringify(message)}\r\n`)
  }

  raw(text: string | Buffer): void {
    if (!this.#end.writableEnded) this.#end.write(text)
  }

  end(): void {
    this.#end.end()
  }

  #receive(command: ReceivedCommand): void {
    this.received.push(command)
    this.#answers.get(command.execute)?.(command)
  }
}
