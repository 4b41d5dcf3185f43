import { type ByteSource, readStart } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { uint64LE, untilNul } from '../fields.ts'

/** Documentation/filesystems/erofs.rst and the on-disk format; all places are bytes. */
export interface Superblock {
  readonly blockBits: number
  readonly blockBytes: number
  readonly root: number
  /** Where inode 0 would be. */
  readonly inodes: number
  readonly sharedXattrs: number
  readonly xattrPrefixes: { readonly count: number; readonly start: number }
  /** The inode that holds the ends of files; 0 for none. */
  readonly packed: number
  /** Compressed data is at the end of its blocks. */
  readonly hasZeroPadding: boolean
  readonly label: string
}

const start = 1024
const features = { zeroPadding: 0x1, compressionSettings: 0x2, fragments: 0x20 } as const
/** Up to extended attribute prefixes; those that came later move the fields. */
const understood = 0x7f
/** Bits of available_compr_algs that Drydock decodes: LZ4, DEFLATE, Zstandard; not MicroLZMA. */
const knownAlgorithms = 0b1101

export const isErofs = (head: Buffer): boolean =>
  head.length >= start + 128 && head.readUInt32LE(start) === 0xe0f5e1e2

/** @throws `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED` */
export const readSuperblock = async (source: ByteSource): Promise<Superblock> => {
  const head = await readStart(source, start + 128)
  if (!isErofs(head)) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the superblock of EROFS, found other bytes`)
  }
  const fields = head.subarray(start)
  const incompatible = fields.readUInt32LE(80)
  const blockBits = fields.readUInt8(12)
  const unsupported = whatIsUnsupported(fields, incompatible)
  if (unsupported !== undefined) {
    throw damaged(
      'IMAGE_UNSUPPORTED',
      `${source.name}: expected an EROFS that Drydock can read, found one with ${unsupported}`,
    )
  }
  if (blockBits < 9 || blockBits > 16) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${source.name}: expected blocks of 512 bytes to 64 KiB, found 2^${blockBits}`,
    )
  }
  const blockBytes = 2 ** blockBits
  return {
    blockBits,
    blockBytes,
    root: fields.readUInt16LE(14),
    inodes: fields.readUInt32LE(40) * blockBytes,
    sharedXattrs: fields.readUInt32LE(44) * blockBytes,
    xattrPrefixes: { count: fields.readUInt8(91), start: fields.readUInt32LE(92) * 4 },
    packed: (incompatible & features.fragments) === 0 ? 0 : uint64LE(fields, 96),
    hasZeroPadding: (incompatible & features.zeroPadding) !== 0,
    label: untilNul(fields.subarray(64, 80)).toString('utf8'),
  }
}

const whatIsUnsupported = (fields: Buffer, incompatible: number): string | undefined => {
  const unknown = incompatible & ~understood
  if (unknown !== 0) return `feature 0x${(unknown >>> 0).toString(16)}`
  if (fields.readUInt16LE(86) !== 0) return 'content on other devices'
  if (fields.readUInt8(90) !== 0) return 'directory blocks of another size'
  const hasSettings = (incompatible & features.compressionSettings) !== 0
  return hasSettings && (fields.readUInt16LE(84) & ~knownAlgorithms) !== 0
    ? 'MicroLZMA compression'
    : undefined
}
