import { closeSync, openSync, readSync } from 'node:fs'
import { DrydockError, messageOf } from '../../common/errors.ts'
import type { RamSegment } from './ram-layout.ts'

/** Guest-physical memory. */
export interface PhysicalMemory {
  /** The bytes at an address, valid until the next call; undefined where they are not all in one stretch of RAM. */
  read(address: number, length: number): Buffer | undefined
}

const open = (path: string): number => {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new DrydockError(`expected the guest's memory in ${path}: ${messageOf(cause)}`, {
      code: 'MEMORY_UNREADABLE',
      blame: 'testbed',
      hint: 'It goes when the guest ends: is it still running? That of a fork takes the right to trace its process (CAP_SYS_PTRACE).',
      cause,
    })
  }
}

/**
 * Guest memory through a file that has its stretches at `fileOffset`: QEMU's memory file, or a process's memory.
 * Reads are synchronous: the guest stands still meanwhile.
 */
export class MemoryFile implements PhysicalMemory, Disposable {
  readonly #descriptor: number
  readonly #segments: readonly RamSegment[]
  #buffer = Buffer.alloc(64 * 1024)

  constructor(path: string, segments: readonly RamSegment[]) {
    this.#descriptor = open(path)
    this.#segments = segments
  }

  read(address: number, length: number): Buffer | undefined {
    const segment = this.#segments.find(
      (candidate) => address >= candidate.address && address + length <= candidate.address + candidate.size,
    )
    if (segment === undefined) return undefined
    if (length > this.#buffer.length) this.#buffer = Buffer.alloc(length)
    const position = address - segment.address + segment.fileOffset
    const count = readSync(this.#descriptor, this.#buffer, 0, length, position)
    return count === length ? this.#buffer.subarray(0, length) : undefined
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}
