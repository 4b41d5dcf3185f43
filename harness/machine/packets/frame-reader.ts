/** The largest frame: what a virtio card may hand over at once (64 KiB), with its Ethernet header and some room. */
const longestFrame = 128 * 1024

/**
 * Takes frames out of what QEMU's filter-mirror writes (net/filter-mirror.c): each has its length in front, four bytes
 * in network order. A length that no frame has ends it: nothing behind it can be told apart any more.
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)
  #lost = false

  /** Whether the stream stopped making sense. */
  get lost(): boolean {
    return this.#lost
  }

  /** The frames that are complete with these bytes. */
  push(bytes: Buffer): readonly Buffer[] {
    if (this.#lost) return []
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const frames: Buffer[] = []
    while (this.#pending.length >= 4) {
      const length = this.#pending.readUInt32BE(0)
      if (length > longestFrame) {
        this.#lost = true
        this.#pending = Buffer.alloc(0)
        break
      }
      if (this.#pending.length < 4 + length) break
      frames.push(this.#pending.subarray(4, 4 + length))
      this.#pending = this.#pending.subarray(4 + length)
    }
    return frames
  }
}
