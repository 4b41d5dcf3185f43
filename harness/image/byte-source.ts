import type { FileHandle } from 'node:fs/promises'
import { messageOf } from '../common/errors.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'

/** Bytes that are read where and when they are needed: a file, a partition of it, a file in the file system there. */
export interface ByteSource {
  /** What it is called in errors: `disk.img`, `disk.img partition 2`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /**
   * Exactly `length` bytes; perhaps a view that must not be changed.
   * @throws `IMAGE_DAMAGED` where the range is not inside, or what is there cannot be decoded
   */
  read(offset: number, length: number): Promise<Buffer>
}

/** @throws `IMAGE_DAMAGED` where the range is not inside `size` */
export const checkRange = (name: string, size: number, offset: number, length: number): void => {
  // Written so that NaN, which a sum of hostile numbers may be, is refused too.
  if (offset >= 0 && length >= 0 && offset + length <= size) return
  throw damaged(
    'IMAGE_DAMAGED',
    `${name}: expected ${length} bytes at byte ${offset}, found the end at ${size}`,
  )
}

/** Bytes that are in memory already. */
export class MemorySource implements ByteSource {
  readonly bytes: Buffer
  readonly name: string

  constructor(bytes: Buffer, name: string) {
    this.bytes = bytes
    this.name = name
  }

  get size(): number {
    return this.bytes.length
  }

  async read(offset: number, length: number): Promise<Buffer> {
    checkRange(this.name, this.size, offset, length)
    return this.bytes.subarray(offset, offset + length)
  }
}

/** A file of the host that stays open as long as it is read. */
export const fileSource = (file: FileHandle, size: number, name: string): ByteSource => ({
  name,
  size,
  read: async (offset, length) => {
    checkRange(name, size, offset, length)
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file
        .read(bytes, done, length - done, offset + done)
        .catch((error: unknown) => {
          throw damaged('IMAGE_DAMAGED', `${name}: expected to read it, found: ${messageOf(error)}`, {
            cause: error,
          })
        })
      if (bytesRead === 0) {
        throw damaged('IMAGE_DAMAGED', `${name}: expected ${size} bytes, found that it became shorter`)
      }
      done += bytesRead
    }
    return bytes
  },
})

/** A stretch of another source. @throws `IMAGE_DAMAGED` where it is not inside */
export const sliceOf = (outer: ByteSource, offset: number, size: number, name: string): ByteSource => {
  checkRange(outer.name, outer.size, offset, size)
  return {
    name,
    size,
    read: async (at, length) => {
      checkRange(name, size, at, length)
      return await outer.read(offset + at, length)
    },
  }
}

/** The whole of it in memory. @throws `IMAGE_TOO_LARGE` above `most` bytes. @default limits.fileBytes */
export const readWhole = async (source: ByteSource, most: number = limits.fileBytes): Promise<Buffer> => {
  if (source instanceof MemorySource) return source.bytes
  if (source.size > most) {
    throw damaged('IMAGE_TOO_LARGE', `${source.name}: expected at most ${most} bytes, found ${source.size}`)
  }
  return await source.read(0, source.size)
}

/** The first bytes of it, `length` where it has as many. */
export const readStart = async (source: ByteSource, length: number): Promise<Buffer> =>
  await source.read(0, Math.min(length, source.size))
