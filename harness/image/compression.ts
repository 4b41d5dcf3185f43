import { finished } from 'node:stream/promises'
import {
  constants,
  crc32,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib'
import { messageOf } from '../common/errors.ts'
import { bzip2Length } from './compression-bzip2.ts'
import { gzipHeaderLength, xzLength } from './compression-extent.ts'
import type { Compression } from './compression-format.ts'
import { damaged, tooLarge } from './damaged.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { HostTool } from './host-tool.ts'
import { limits } from './limits.ts'

export interface Decompressed {
  readonly content: Buffer
  /** How many bytes of the input belong to it; what follows is something else. */
  readonly consumed: number
}

/**
 * The first compressed stream in `bytes`.
 * @param purpose what it is, for errors: `the gzip part of initrd.img at byte 0`
 * @param limit bytes that may come out at most
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `TOOL_MISSING`
 */
export const decompress = async (
  bytes: Buffer,
  compression: Compression,
  purpose: string,
  limit: number = limits.unpackedBytes,
): Promise<Decompressed> => {
  switch (compression) {
    case 'gzip':
      return await gunzipOne(bytes, purpose, limit)
    case 'zstd':
      return await inNode(purpose, createZstdDecompress({ chunkSize: chunkSizeFor(bytes) }), bytes, limit)
    case 'lz4': {
      const { decodeLz4 } = await import('./compression-lz4.ts')
      return decodeLz4(bytes, purpose, limit)
    }
    case 'lzo': {
      const { decodeLzop } = await import('./compression-lzo.ts')
      return decodeLzop(bytes, purpose, limit)
    }
    case 'xz':
    case 'lzma':
    case 'bzip2':
      return await byTool(compression, bytes, purpose, limit)
  }
}

/** The first bytes of a gzip stream's content, as many as `bytes` hold; for looking at a header. */
export const gunzipStart = (bytes: Buffer): Buffer | undefined => {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 1024 * 1024 })
  } catch {
    return undefined
  }
}

const tools: Readonly<
  Record<'xz' | 'lzma' | 'bzip2', { readonly tool: HostTool; readonly args: readonly string[] }>
> = {
  xz: { tool: { name: 'xz', debianPackage: 'xz-utils' }, args: ['-dc', '--single-stream'] },
  lzma: { tool: { name: 'xz', debianPackage: 'xz-utils' }, args: ['-dc', '--format=lzma'] },
  bzip2: { tool: { name: 'bzip2', debianPackage: 'bzip2' }, args: ['-dc'] },
}

const lengths: Partial<Record<Compression, (bytes: Buffer) => number | undefined>> = {
  xz: xzLength,
  bzip2: bzip2Length,
}

const byTool = async (
  compression: keyof typeof tools,
  bytes: Buffer,
  purpose: string,
  outputLimit: number,
): Promise<Decompressed> => {
  // LZMA does not tell without being decoded: then all the rest belongs to it, and xz refuses what does not.
  const consumed = lengths[compression]?.(bytes) ?? bytes.length
  const { tool, args } = tools[compression]
  const { runHostTool } = await import('./host-tool.ts')
  const { stdout } = await runHostTool(tool, args, {
    purpose,
    input: bytes.subarray(0, consumed),
    outputLimit,
  })
  return { content: stdout, consumed }
}

const inNode = async (
  purpose: string,
  engine: InflateRaw | ZstdDecompress,
  bytes: Buffer,
  limit: number,
): Promise<Decompressed> => {
  const output = new GrowingBuffer(limit)
  const excess = tooLarge(purpose, limit)
  engine.on('data', (piece: Buffer) => {
    if (!output.append(piece)) engine.destroy(excess)
  })
  engine.end(bytes)
  try {
    await finished(engine)
  } catch (error) {
    if (error === excess) throw error
    throw damaged('IMAGE_DAMAGED', `expected ${purpose} to be whole, found: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return { content: output.bytes(), consumed: engine.bytesWritten }
}

/** What comes out at a time: small inputs need little. */
const chunkSizeFor = ({ length }: Buffer): number => Math.min(1024 * 1024, Math.max(16 * 1024, length * 4))

/** node:zlib's gunzip takes what follows for another member or drops it; here the end must be known exactly. */
const gunzipOne = async (bytes: Buffer, purpose: string, limit: number): Promise<Decompressed> => {
  const start = gzipHeaderLength(bytes)
  if (start === undefined)
    throw damaged('IMAGE_DAMAGED', `expected ${purpose} to be whole, found a damaged gzip header`)
  const { content, consumed } = await inNode(
    purpose,
    createInflateRaw({ chunkSize: chunkSizeFor(bytes) }),
    bytes.subarray(start),
    limit,
  )
  const end = start + consumed
  const trailer = bytes.subarray(end, end + 8)
  if (trailer.length < 8)
    throw damaged('IMAGE_DAMAGED', `expected ${purpose} to be whole, found its end cut off`)
  if (trailer.readUInt32LE(0) !== crc32(content) || trailer.readUInt32LE(4) !== content.length % 2 ** 32) {
    throw damaged(
      'IMAGE_DAMAGED',
      `expected ${purpose} to be whole, found a checksum that does not match its content`,
    )
  }
  return { content, consumed: end + 8 }
}
