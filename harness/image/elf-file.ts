import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import type { ElfSource } from './elf/bytes.ts'

// Most of what is wanted stands at the two ends of a file: headers and symbols, and the section headers. What else is
// read goes where there is room for nearly every file's, since fresh memory costs more than the reading.
const head = Buffer.allocUnsafeSlow(16 * 1024)
const tail = Buffer.allocUnsafeSlow(8 * 1024)
const room = Buffer.allocUnsafeSlow(4 * 1024 ** 2)

/** A file on disk, read in pieces. Only one is open at a time: the next one takes the same memory. */
class DiskFile implements ElfSource {
  readonly size: number
  readonly #descriptor: number
  readonly #headLength: number
  #tail: Buffer | undefined
  #used = 0

  constructor(descriptor: number, size: number) {
    this.#descriptor = descriptor
    this.size = size
    this.#headLength = readSync(descriptor, head, 0, head.length, 0)
  }

  read(offset: number, length: number, into?: Buffer): Buffer {
    if (offset + length <= this.#headLength) return head.subarray(offset, offset + length)
    const available = Math.max(0, Math.min(length, this.size - offset))
    const tailStart = this.size - tail.length
    if (offset >= tailStart && tailStart > 0) {
      this.#tail ??= tail.subarray(0, readSync(this.#descriptor, tail, 0, tail.length, tailStart))
      return this.#tail.subarray(offset - tailStart, offset - tailStart + available)
    }
    const bytes = into?.subarray(0, available) ?? this.#allocate(available)
    return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, available, offset))
  }

  #allocate(length: number): Buffer {
    const start = this.#used
    if (start + length > room.length) return Buffer.allocUnsafe(length)
    this.#used += length
    return room.subarray(start, start + length)
  }
}

/** What a file on disk is, with its bytes for as long as the function runs. */
export interface OpenFile {
  readonly stats: Stats
  /** Undefined where it is no regular file: a folder, a device. */
  readonly bytes: ElfSource | undefined
}

/**
 * Opens a file on disk for the time of a function that reads some of its bytes; they are read when they are asked for.
 * @throws the system's error where it cannot be opened
 */
export const withDiskFile = <Result>(path: string, use: (file: OpenFile) => Result): Result => {
  // Without O_NONBLOCK, opening a FIFO would wait for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    return use({ stats, bytes: stats.isFile() ? new DiskFile(descriptor, stats.size) : undefined })
  } finally {
    closeSync(descriptor)
  }
}
