import { damaged } from '../damaged.ts'
import { decodeName } from '../fields.ts'
import type { Inode, Volume } from './inode.ts'

/** What names are stored without; with the bit 0x80 the index is one of the image's own prefixes. */
const prefixes: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  5: 'lustre.',
  6: 'security.',
}
const longPrefixBit = 0x80

/** The prefixes that the image itself declares, in order. @throws `IMAGE_DAMAGED` */
export const readLongPrefixes = async (volume: Volume): Promise<readonly string[]> => {
  const { metadata, superblock } = volume
  const { count, start } = superblock.xattrPrefixes
  if (count === 0) return []
  const holder = superblock.packed === 0 ? metadata : await volume.packed(metadata)
  const found: string[] = []
  for (let at = start; found.length < count; ) {
    const length = (await holder.read(at, 2)).readUInt16LE(0)
    const item = await holder.read(at + 2, length)
    found.push((prefixes[item[0] ?? 0] ?? '') + decodeName(item.subarray(1)))
    at += Math.ceil((2 + length) / 4) * 4
  }
  return found
}

/** @throws `IMAGE_DAMAGED` */
export const readXattrs = async (
  { metadata, superblock }: Volume,
  longPrefixes: readonly string[],
  { xattrs }: Inode,
): Promise<ReadonlyMap<string, Buffer>> => {
  const found = new Map<string, Buffer>()
  if (xattrs.length === 0) return found
  const body = await metadata.read(xattrs.at, xattrs.length)
  const shared = body.readUInt8(4)
  const firstInline = 12 + shared * 4
  if (firstInline > body.length) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${metadata.name}: expected at most ${(body.length - 12) / 4} shared attributes, found ${shared}`,
    )
  }
  const add = async (at: number): Promise<number> => {
    const head = await metadata.read(at, 4)
    const nameBytes = head.readUInt8(0)
    const valueBytes = head.readUInt16LE(2)
    const rest = await metadata.read(at + 4, nameBytes + valueBytes)
    const index = head.readUInt8(1)
    const prefix = (index & longPrefixBit) === 0 ? prefixes[index] : longPrefixes[index & (longPrefixBit - 1)]
    found.set(
      (prefix ?? `unknown-${index}.`) + decodeName(rest.subarray(0, nameBytes)),
      Buffer.from(rest.subarray(nameBytes)),
    )
    return at + Math.ceil((4 + nameBytes + valueBytes) / 4) * 4
  }
  for (let index = 0; index < shared; index += 1) {
    await add(superblock.sharedXattrs + 4 * body.readUInt32LE(12 + index * 4))
  }
  const end = xattrs.at + xattrs.length
  for (let at = xattrs.at + firstInline; at + 4 <= end; ) at = await add(at)
  return found
}
