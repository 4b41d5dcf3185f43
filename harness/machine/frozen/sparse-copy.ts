import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/*
 * A guest's memory is mostly zeros. Its checksum is there to notice damage, at every run: a CRC-32 of each 4 MiB (4.8 GB/s
 * here), and one SHA-256 over those; SHA-256 over all of it (1.0 GB/s) or BLAKE2 (0.8 GB/s) would cost more than the copy.
 */
const chunkBytes = 4 * 1024 * 1024
const blockBytes = 64 * 1024
const zeros = Buffer.alloc(chunkBytes)

const isZero = (bytes: Buffer): boolean => bytes.equals(zeros.subarray(0, bytes.length))

/** The stretches of a chunk that are not all zeros, as offset and end, in blocks. */
const stretches = (chunk: Buffer): [number, number][] => {
  const found: [number, number][] = []
  for (let start = 0; start < chunk.length; start += blockBytes) {
    const end = Math.min(start + blockBytes, chunk.length)
    if (isZero(chunk.subarray(start, end))) continue
    const last = found.at(-1)
    if (last?.[1] === start) last[1] = end
    else found.push([start, end])
  }
  return found
}

/** Reads an open file from its beginning, chunk by chunk; `take` may keep a chunk only until it resolves. */
const eachChunk = async (
  source: FileHandle,
  take: (chunk: Buffer, position: number) => Promise<void> | void,
): Promise<number> => {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let position = 0
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, position)
    if (bytesRead === 0) return position
    await take(buffer.subarray(0, bytesRead), position)
    position += bytesRead
  }
}

/** Checksum of content that comes in chunks; whether zeros are stored or left out makes no difference. */
class Checksum {
  readonly #hash = createHash('sha256')
  readonly #word = Buffer.alloc(8)

  add(chunk: Buffer): void {
    this.#word.writeUInt32LE(isZero(chunk) ? 0 : crc32(chunk))
    this.#word.writeUInt32LE(chunk.length, 4)
    this.#hash.update(this.#word)
  }

  end(): string {
    return this.#hash.digest('hex')
  }
}

/** Checksum of an open file's bytes, in hexadecimal. */
export const checksumOf = async (file: FileHandle): Promise<string> => {
  const checksum = new Checksum()
  await eachChunk(file, (chunk) => checksum.add(chunk))
  return checksum.end()
}

/** Copies an open file to a new one at `path`, with holes in place of zeros. Gives its checksum. */
export const copySparse = async (source: FileHandle, path: string, signal?: AbortSignal): Promise<string> => {
  await using target = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  const checksum = new Checksum()
  const size = await eachChunk(source, async (chunk, position) => {
    signal?.throwIfAborted()
    checksum.add(chunk)
    for (const [start, end] of stretches(chunk))
      await writeAll(target, chunk.subarray(start, end), position + start)
  })
  await target.truncate(size)
  return checksum.end()
}

const writeAll = async (target: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await target.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}
