import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { DrydockError } from '../../common/errors.ts'
import { encodePacket, protocolError } from './packet.ts'
import { PacketReader } from './packet-reader.ts'

/** How often one request or reply may be damaged on its way before the connection is given up. */
const attemptsLimit = 3

/** A packet that reports a stop; QEMU sends one, unasked, when a client connects to a running machine. */
const isStopReply = (payload: Buffer): boolean => /^[ST][0-9a-f]{2}/.test(payload.toString('latin1', 0, 3))

interface Waiting {
  readonly request: string
  readonly accept: (payload: Buffer) => void
  readonly refuse: (error: unknown) => void
}

/** One connection to a gdb stub: a request at a time, each with a deadline. Opening it stops the machine. */
export class GdbConnection implements AsyncDisposable {
  readonly #socket: Socket
  readonly #reader = new PacketReader()
  readonly #deadlineMs: number
  #acknowledge = true
  #waiting: Waiting | undefined
  #attempts = 0
  #failure: unknown

  private constructor(socket: Socket, deadlineMs: number) {
    this.#socket = socket
    this.#deadlineMs = deadlineMs
    socket.on('data', (bytes) => {
      try {
        for (const token of this.#reader.push(bytes)) this.#take(token)
      } catch (error) {
        this.#fail(error)
      }
    })
    socket.on('error', (cause) => this.#fail(protocolError(`gdb stub: ${cause.message}`, cause)))
    socket.on('close', () => this.#fail(protocolError('gdb stub: QEMU closed the connection')))
  }

  /** @param deadlineMs for the connection and for each request. */
  static async open(socketPath: string, deadlineMs: number): Promise<GdbConnection> {
    const socket = connect(socketPath)
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(deadlineMs) })
    } catch (cause) {
      socket.destroy()
      throw new DrydockError(`could not connect to QEMU's gdb stub at ${socketPath}`, {
        code: 'GDB_UNREACHABLE',
        blame: 'testbed',
        hint: 'Is QEMU still running? The stub takes one client at a time.',
        cause,
      })
    }
    return new GdbConnection(socket, deadlineMs)
  }

  /** Sends a request and gives its answer; an empty answer means that the stub does not know the request. */
  async request(request: string): Promise<Buffer> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#waiting !== undefined)
      throw protocolError(`gdb stub: ${request} was sent before ${this.#waiting.request} had been answered`)
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Buffer>((accept, refuse) => {
        this.#waiting = { request, accept, refuse }
        this.#attempts = 0
        timer = setTimeout(() => this.#fail(this.#timedOut(request)), this.#deadlineMs)
        this.#socket.write(encodePacket(Buffer.from(request, 'latin1')))
      })
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }

  /** From the next packet on neither side acknowledges; call it when the stub has agreed. */
  stopAcknowledging(): void {
    this.#acknowledge = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = once(this.#socket, 'close')
    this.#socket.destroy()
    await closed
  }

  #take(token: ReturnType<PacketReader['push']>[number]): void {
    if (token.kind === 'ack') return
    if (token.kind === 'packet') {
      if (this.#acknowledge) this.#socket.write('+')
      if (!isStopReply(token.payload)) this.#waiting?.accept(token.payload)
      return
    }
    if (!this.#acknowledge || ++this.#attempts >= attemptsLimit)
      throw protocolError(`gdb stub: ${this.#waiting?.request ?? 'a packet'} was damaged on its way`)
    if (token.kind === 'damaged') this.#socket.write('-')
    else if (this.#waiting !== undefined)
      this.#socket.write(encodePacket(Buffer.from(this.#waiting.request, 'latin1')))
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#socket.destroy()
    this.#waiting?.refuse(this.#failure)
  }

  #timedOut(request: string): DrydockError {
    return new DrydockError(`QEMU's gdb stub did not answer ${request} in ${this.#deadlineMs} ms`, {
      code: 'TIMED_OUT',
      blame: 'testbed',
      timedOut: true,
      hint: 'The stub takes one client at a time: does a debugger hold it?',
    })
  }
}
