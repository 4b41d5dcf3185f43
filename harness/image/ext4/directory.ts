import { damaged } from '../damaged.ts'
import { decodeName } from '../fields.ts'
import type { Named } from '../file-system.ts'

/**
 * The names in directory blocks; those of a hash tree hold the same entries, its own nodes look empty.
 * @throws `IMAGE_DAMAGED`
 */
export const parseDirectory = (bytes: Buffer, blockBytes: number, name: string): Named<number>[] => {
  const found: Named<number>[] = []
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = bytes.subarray(start, start + blockBytes)
    for (let at = 0; at + 8 <= block.length; ) {
      const inode = block.readUInt32LE(at)
      const stored = block.readUInt16LE(at + 4)
      // 65536 does not fit into the field of a block of that size.
      const length = stored === 0xffff || stored === 0 ? blockBytes : stored
      const nameEnd = at + 8 + block.readUInt8(at + 6)
      if (length < 8 || at + length > block.length || (inode !== 0 && nameEnd > at + length)) {
        throw damaged(
          'IMAGE_DAMAGED',
          `${name}: expected entries of a directory, found a length of ${stored}`,
        )
      }
      const entryName = decodeName(block.subarray(at + 8, nameEnd))
      if (inode !== 0 && entryName !== '.' && entryName !== '..') found.push({ name: entryName, id: inode })
      at += length
    }
  }
  return found
}
