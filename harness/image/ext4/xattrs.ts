import { damaged } from '../damaged.ts'
import { decodeName } from '../fields.ts'

/** The first bytes of a set of attributes, in an inode or a block of their own. */
export const xattrMagic = 0xea020000

/** Documentation/filesystems/ext4/attributes.rst: what the name is stored without. */
const prefixes: Readonly<Record<number, string>> = {
  0: '',
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
  8: 'system.richacl',
}

/** One attribute; the value is in another inode where that is not 0. */
export interface StoredXattr {
  readonly name: string
  readonly value: Buffer
  readonly inode: number
}

/**
 * The attributes in a region.
 * @param first where the first entry is
 * @param base what the places of values count from
 * @throws `IMAGE_DAMAGED`
 */
export const parseXattrs = (region: Buffer, first: number, base: number, name: string): StoredXattr[] => {
  const found: StoredXattr[] = []
  const bad = () =>
    damaged('IMAGE_DAMAGED', `${name}: expected extended attributes, found some that do not fit`)
  for (let at = first; at + 4 <= region.length && region.readUInt32LE(at) !== 0; ) {
    if (at + 16 > region.length) throw bad()
    const nameBytes = region.readUInt8(at)
    const prefix = prefixes[region.readUInt8(at + 1)] ?? `unknown-${region.readUInt8(at + 1)}.`
    const inode = region.readUInt32LE(at + 4)
    const size = region.readUInt32LE(at + 8)
    const start = base + region.readUInt16LE(at + 2)
    const nameEnd = at + 16 + nameBytes
    if (nameEnd > region.length || (inode === 0 && start + size > region.length)) throw bad()
    found.push({
      name: prefix + decodeName(region.subarray(at + 16, nameEnd)),
      value: inode === 0 ? region.subarray(start, start + size) : Buffer.alloc(0),
      inode,
    })
    at = at + 16 + Math.ceil(nameBytes / 4) * 4
  }
  return found
}
