const step = 16 * 1024 * 1024

/** Takes bytes whose number is not known before, without ever holding them twice as a list of pieces would. */
export class GrowingBuffer {
  readonly #limit: number
  readonly #memory: ArrayBuffer
  #length = 0

  /** @param limit bytes it takes at most; memory is used only for what is there */
  constructor(limit: number) {
    this.#limit = limit
    this.#memory = new ArrayBuffer(0, { maxByteLength: limit })
  }

  get length(): number {
    return this.#length
  }

  /** @returns false, with nothing taken, where that were more than the limit */
  append(bytes: Uint8Array): boolean {
    const end = this.#length + bytes.length
    if (end > this.#limit) return false
    if (end > this.#memory.byteLength) {
      this.#memory.resize(Math.min(this.#limit, Math.ceil(end / step) * step))
    }
    new Uint8Array(this.#memory, this.#length).set(bytes)
    this.#length = end
    return true
  }

  /** Everything so far, a view. */
  bytes(): Buffer {
    return Buffer.from(this.#memory, 0, this.#length)
  }
}
