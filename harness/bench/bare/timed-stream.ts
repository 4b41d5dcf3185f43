import { Duplex } from 'node:stream'

/**
 * Passes a line on and tells whose turn it was: the time between the last bytes that came from the guest and the next
 * ones that went to it is the client's own, the rest is the line's and the guest's.
 */
export class TimedStream extends Duplex {
  private readonly inner: Duplex
  private readonly now: () => number
  private own = 0
  /** When it became the client's turn; undefined while the guest's answer is awaited. */
  private turnSince: number | undefined
  private lastReadAt = Number.NaN

  /** @param now milliseconds */
  constructor(inner: Duplex, now: () => number = () => performance.now()) {
    super({ decodeStrings: true })
    this.inner = inner
    this.now = now
    inner.on('data', (bytes: Buffer) => {
      this.lastReadAt = now()
      this.turnSince = this.lastReadAt
      this.push(bytes)
    })
    inner.on('end', () => this.push(null))
    inner.on('error', (error) => this.destroy(error))
    inner.on('close', () => this.destroy())
  }

  /** Milliseconds of the work that are the client's: before its first words, between an answer and the next words, at the end. */
  async ownTimeOf(work: () => Promise<unknown>): Promise<number> {
    this.own = 0
    this.turnSince = this.now()
    await work()
    if (this.turnSince !== undefined) this.own += this.now() - this.turnSince
    this.turnSince = undefined
    return this.own
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.turnSince !== undefined) this.own += this.now() - this.turnSince
    this.turnSince = undefined
    this.inner.write(bytes, done)
  }
}
