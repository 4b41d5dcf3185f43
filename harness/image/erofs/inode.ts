import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import type { ExtentSlot } from '../extent-source.ts'
import { uint64LE } from '../fields.ts'
import type { LastOne } from '../last-one.ts'
import type { MetadataSource } from '../metadata-source.ts'
import type { Superblock } from './superblock.ts'

const algorithms = ['lz4', 'microlzma', 'deflate', 'zstd'] as const
export type Algorithm = (typeof algorithms)[number]

/** How the number in a map names a compression; undefined for one that is not known. */
export const algorithmOf = (number: number): Algorithm | undefined => algorithms[number]

/** A stretch of a file that is decoded as a whole; bytes. */
export interface CompressedExtent {
  readonly at: number
  readonly length: number
  /** `stored` is not compressed, `rotated` not either but turned round by `at`, `packed` is in the packed inode. */
  readonly coding: Algorithm | 'stored' | 'rotated' | 'packed'
  /** Where the coded bytes are, in the image or the packed inode, and how many. */
  readonly from: number
  readonly coded: number
}

/** The file system, by its two ways of reading: `metadata` is cached and limited. */
export interface Volume {
  readonly source: ByteSource
  readonly metadata: MetadataSource
  readonly superblock: Superblock
  readonly slot: ExtentSlot
  readonly maps: LastOne<readonly CompressedExtent[]>
  /** The extent that was decoded last: many small readings hit the same one. */
  readonly decoded: LastOne<Buffer>
  /** The content of the packed inode, in which ends of files are. @throws `IMAGE_DAMAGED` where there is none */
  packed(through: ByteSource): Promise<ByteSource>
}

export const layouts = ['plain', 'compressed-full', 'inline', 'compressed-compact', 'chunks'] as const
export type Layout = (typeof layouts)[number]

export interface Inode {
  readonly number: number
  readonly layout: Layout
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** First block, device number, or the format of chunks, as the layout and the type say. */
  readonly union: number
  readonly xattrs: { readonly at: number; readonly length: number }
  /** Where what follows the inode and its attributes starts: the end of the content, or its map. */
  readonly tail: number
}

/** @throws `IMAGE_DAMAGED` */
export const readInode = async ({ metadata, superblock }: Volume, number: number): Promise<Inode> => {
  const at = superblock.inodes + number * 32
  const short = await metadata.read(at, 32)
  const format = short.readUInt16LE(0)
  const isExtended = (format & 1) !== 0
  const layout = layouts[(format >> 1) & 7]
  if (layout === undefined) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${metadata.name}: expected a known layout of inode ${number}, found format ${format}`,
    )
  }
  const fields = isExtended ? await metadata.read(at, 64) : short
  const xattrCount = fields.readUInt16LE(2)
  const xattrs = { at: at + fields.length, length: xattrCount === 0 ? 0 : 12 + 4 * (xattrCount - 1) }
  return {
    number,
    layout,
    mode: fields.readUInt16LE(4),
    uid: isExtended ? fields.readUInt32LE(24) : fields.readUInt16LE(24),
    gid: isExtended ? fields.readUInt32LE(28) : fields.readUInt16LE(26),
    size: isExtended ? uint64LE(fields, 8) : fields.readUInt32LE(8),
    union: fields.readUInt32LE(16),
    xattrs,
    tail: xattrs.at + xattrs.length,
  }
}
