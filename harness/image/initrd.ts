import { type Decompressed, decompress } from './compression.ts'
import { type Compression, detectCompression } from './compression-format.ts'
import { isCpio, readCpio } from './cpio.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'
import { MemoryTree } from './memory-tree.ts'

/** An initrd and how it was put together. */
export interface Initrd {
  readonly tree: MemoryTree
  /** Of each part, in order: `cpio` where it is not compressed. */
  readonly parts: readonly (Compression | 'cpio')[]
  /** Bytes of all archives, unpacked. */
  readonly unpackedBytes: number
}

export interface InitrdOptions {
  /** Bytes that it may unpack to. @default limits.unpackedBytes */
  readonly room?: number
  /** The first part where it has been decompressed already. */
  readonly first?: Decompressed
}

/** The files of an initrd, as `unpackInitrd` finds them. */
export const readInitrd = async (bytes: Buffer, name: string): Promise<MemoryTree> =>
  (await unpackInitrd(bytes, name)).tree

/**
 * Unpacks an initrd as the kernel does: archives, each plain or compressed, follow each other with zero bytes in
 * between, later entries laid over earlier ones. Contents stay views of what was decompressed.
 * @param name what it is called in errors: its path
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `TOOL_MISSING`
 */
export const unpackInitrd = async (
  bytes: Buffer,
  name: string,
  { room = limits.unpackedBytes, first }: InitrdOptions = {},
): Promise<Initrd> => {
  const parts: (Compression | 'cpio')[] = []
  const tree = new MemoryTree()
  let at = skipZeros(bytes, 0)
  if (at === bytes.length) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${name}: expected an initrd, found ${bytes.length === 0 ? 'an empty file' : 'only zero bytes'}`,
    )
  }
  let total = 0
  for (let segment = 0; at < bytes.length; segment += 1) {
    if (segment >= limits.segments || total > room) {
      throw damaged(
        'IMAGE_TOO_LARGE',
        `${name}: expected at most ${limits.segments} archives with ${room} bytes in all, found more`,
      )
    }
    const rest = bytes.subarray(at)
    if (isCpio(rest)) {
      const end = readCpio(bytes, at, tree, name)
      total += end - at
      parts.push('cpio')
      at = skipZeros(bytes, end)
      continue
    }
    const compression = detectCompression(rest)
    if (compression === undefined) throw unknownContent(bytes, at, name)
    const isFirst = first !== undefined && parts.length === 0
    const { content, consumed } = isFirst
      ? first
      : await decompress(
          rest,
          compression,
          `the ${compression} part of ${name} at byte ${at}`,
          Math.max(0, room - total),
        )
    parts.push(compression)
    readArchives(content, tree, `${name} (${compression} part at byte ${at})`)
    total += content.length
    at = skipZeros(bytes, at + Math.max(1, consumed))
  }
  return { tree, parts, unpackedBytes: total }
}

/** The content of one compressed part: nothing but archives. */
const readArchives = (content: Buffer, tree: MemoryTree, name: string): void => {
  let at = skipZeros(content, 0)
  for (let count = 0; at < content.length; count += 1) {
    if (count >= limits.segments) {
      throw damaged('IMAGE_TOO_LARGE', `${name}: expected at most ${limits.segments} archives, found more`)
    }
    at = skipZeros(content, readCpio(content, at, tree, name))
  }
}

const skipZeros = (bytes: Buffer, from: number): number => {
  let at = from
  while (at < bytes.length && bytes[at] === 0) at += 1
  return at
}

const unknownContent = (bytes: Buffer, at: number, name: string) =>
  damaged(
    'IMAGE_DAMAGED',
    `${name}: expected a cpio archive, plain or compressed with gzip, zstd, xz, lzma, bzip2, lz4 or lzo, at byte ${at}, found ${bytes.toString('hex', at, at + 8)}`,
    { hint: 'Is it an initrd? A file system image or a disk is not one.' },
  )
