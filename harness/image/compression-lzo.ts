import { damaged, tooLarge } from './damaged.ts'
import { decodeLzoBlock } from './lzo-block.ts'

/** What one block holds at most, as lzop itself has it. */
const blockContent = 64 * 1024 * 1024

/** The flags of lzop's header that say which fields follow (lib/decompress_unlzo.c, and lzop's own description). */
const flagOf = {
  adlerOfContent: 0x1,
  adlerOfBlock: 0x2,
  extraField: 0x40,
  crcOfContent: 0x100,
  crcOfBlock: 0x200,
  filter: 0x800,
} as const

/**
 * Decodes a file of lzop, the format of kernels built with CONFIG_KERNEL_LZO. Lengths are checked, checksums are not.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` (usage)
 */
export const decodeLzop = (
  bytes: Buffer,
  purpose: string,
  limit: number,
): { content: Buffer; consumed: number } => {
  const broken = (at: number) =>
    damaged('IMAGE_DAMAGED', `expected ${purpose} to be whole, found a damaged block at byte ${at}`)
  const { flags, end } = headerOf(bytes) ?? {}
  if (flags === undefined || end === undefined) throw broken(0)
  const has = (flag: keyof typeof flagOf): boolean => (flags & flagOf[flag]) !== 0
  const ofContent = (has('adlerOfContent') ? 4 : 0) + (has('crcOfContent') ? 4 : 0)
  const ofBlock = (has('adlerOfBlock') ? 4 : 0) + (has('crcOfBlock') ? 4 : 0)

  const blocks: Buffer[] = []
  let total = 0
  for (let at = end; ; ) {
    if (at + 4 > bytes.length) throw broken(at)
    const contentLength = bytes.readUInt32BE(at)
    if (contentLength === 0) return { content: Buffer.concat(blocks), consumed: at + 4 }
    if (at + 8 > bytes.length || contentLength > blockContent) throw broken(at)
    const length = bytes.readUInt32BE(at + 4)
    const isStored = length === contentLength
    const start = at + 8 + ofContent + (isStored ? 0 : ofBlock)
    const block = bytes.subarray(start, start + length)
    if (length > contentLength || block.length < length) throw broken(at)
    total += contentLength
    if (total > limit) {
      throw tooLarge(purpose, limit)
    }
    const content = isStored ? block : decodeLzoBlock(block, contentLength)
    if (content === undefined) throw broken(at)
    blocks.push(content)
    at = start + length
  }
}

/** Undefined where it is cut short. */
const headerOf = (bytes: Buffer): { flags: number; end: number } | undefined => {
  if (bytes.length < 34) return undefined
  // Fields that came with format 0.94: version needed, level, and the upper half of the time.
  const isNew = bytes.readUInt16BE(9) >= 0x0940
  const flagsAt = 9 + (isNew ? 8 : 5)
  const flags = bytes.readUInt32BE(flagsAt)
  const nameAt = flagsAt + 4 + ((flags & flagOf.filter) === 0 ? 0 : 4) + (isNew ? 12 : 8)
  const checksumAt = nameAt + 1 + (bytes[nameAt] ?? 0)
  const extraAt = checksumAt + 4
  if (extraAt > bytes.length) return undefined
  if ((flags & flagOf.extraField) === 0) return { flags, end: extraAt }
  if (extraAt + 4 > bytes.length) return undefined
  return { flags, end: extraAt + 4 + bytes.readUInt32BE(extraAt) + 4 }
}
