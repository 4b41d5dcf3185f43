import { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** So many reads come at once, as an answer's few words do; a boot's thousands have to wait for each other. */
const burst = 128
/** Reads per millisecond that it recovers by. */
const recovery = 0.25
/** Milliseconds in which words are gathered where too many came. */
const gatherMs = 4
const bufferBytes = 64 * 1024

/**
 * The two ends of a line that comes a few bytes at a time, as one stream. A guest that prints for seconds would wake us
 * for each of its letters, and take the time for it from its own emulation: then we look every few milliseconds, and
 * the pipe keeps what comes meanwhile.
 */
export class PacedPipe extends Duplex {
  readonly #input: Socket
  readonly #output: Socket
  #left = burst
  #countedAt = performance.now()
  #timer: NodeJS.Timeout | undefined

  /** Takes over both descriptors, which are non-blocking ends of pipes. */
  constructor({ input, output }: { readonly input: number; readonly output: number }) {
    super({ allowHalfOpen: false })
    this.#input = new Socket({
      ...{ fd: input, readable: true, writable: false },
      onread: {
        buffer: Buffer.alloc(bufferBytes),
        callback: (length, buffer) => this.#take(buffer.subarray(0, length)),
      },
    })
    this.#output = new Socket({ fd: output, readable: false, writable: true })
    this.#input.once('end', () => this.push(null))
    // QEMU may go with bytes unread, which is no error of ours; its exit tells.
    for (const end of [this.#input, this.#output]) end.on('error', () => this.destroy())
  }

  /** Resolves when the other side has let go of the line, and all that it wrote was taken. */
  get ended(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#input.destroyed) resolve()
    else this.#input.once('close', () => resolve())
    return promise
  }

  override _read(): void {
    if (this.#timer === undefined) this.#input.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#output.write(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#output.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#input.destroy()
    this.#output.destroy()
    done(error)
  }

  /** @returns whether to go on reading at once */
  #take(bytes: Uint8Array): boolean {
    const isWanted = this.push(Buffer.from(bytes))
    const now = performance.now()
    this.#left = Math.min(burst, this.#left + (now - this.#countedAt) * recovery) - 1
    this.#countedAt = now
    if (this.#left >= 0) return isWanted
    this.#left = 0
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.readableLength < this.readableHighWaterMark) this.#input.resume()
    }, gatherMs)
    return false
  }
}
