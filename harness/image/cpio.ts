import { neutraliseLine } from '../common/text.ts'
import { MemorySource } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { alignUp, decodeName, untilNul } from './fields.ts'
import { entryTypeOf } from './file-mode.ts'
import { limits } from './limits.ts'
import type { MemoryTree, NewEntry, TreeNode } from './memory-tree.ts'

const headerBytes = 110
const trailer = 'TRAILER!!!'

/** The fields of a newc header that Drydock uses; all numbers are 8 hexadecimal digits. */
interface Header {
  readonly inode: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly links: number
  readonly size: number
  readonly device: { readonly major: number; readonly minor: number }
  readonly nameSize: number
  /** Sum of all content bytes, for the crc format; undefined for newc, which has none. */
  readonly checksum: number | undefined
}

/** Whether a cpio archive of any kind seems to start here. */
export const isCpio = (bytes: Buffer): boolean => /^0707\d\d$/.test(bytes.toString('latin1', 0, 6))

/**
 * Lays one newc or crc archive (Documentation/driver-api/early-userspace/buffer-format.rst) over the tree.
 * Contents are views of `bytes`.
 * @param start where the archive starts, a multiple of 4, as names and contents are aligned to 4 bytes
 * @param name of the file it is in, for errors
 * @returns where it ends, after its trailer
 * @throws `IMAGE_DAMAGED`
 */
export const readCpio = (bytes: Buffer, start: number, tree: MemoryTree, name: string): number => {
  const linked = new Map<string, TreeNode>()
  let at = start
  if (start % 4 !== 0) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${name}: expected a cpio archive to start at a multiple of 4 bytes, found one at byte ${start}`,
      { hint: 'The kernel ignores such an archive. Pad what is before it with zero bytes.' },
    )
  }
  for (let count = 0; count < limits.entries; count += 1) {
    const entryStart = at
    const bad = (expected: string, found: string) =>
      damaged('IMAGE_DAMAGED', `${name}: expected ${expected} at byte ${entryStart}, found ${found}`)
    const header = readHeader(bytes, at, bad)
    const nameEnd = at + headerBytes + header.nameSize
    if (header.nameSize < 1 || header.nameSize > limits.pathBytes || nameEnd > bytes.length) {
      throw bad(
        'a name of 1 to 4096 bytes',
        nameEnd > bytes.length ? 'the end of the archive' : `${header.nameSize} bytes`,
      )
    }
    const entryName = decodeName(untilNul(bytes.subarray(at + headerBytes, nameEnd)))
    const bodyStart = alignUp(nameEnd, 4)
    const bodyEnd = bodyStart + header.size
    if (bodyEnd > bytes.length) {
      throw bad(
        `${header.size} bytes of content for ${neutraliseLine(entryName, 120)}`,
        `the end of the archive after ${Math.max(0, bytes.length - bodyStart)}`,
      )
    }
    at = alignUp(bodyEnd, 4)
    if (entryName === trailer) return Math.min(at, bytes.length)
    addEntry(tree, linked, entryName, header, bytes.subarray(bodyStart, bodyEnd), bad)
  }
  throw damaged(
    'IMAGE_DAMAGED',
    `${name}: expected at most ${limits.entries} entries in a cpio archive, found more`,
  )
}

type Bad = (expected: string, found: string) => Error

const readHeader = (bytes: Buffer, at: number, bad: Bad): Header => {
  if (at + headerBytes > bytes.length) {
    throw bad(
      `a cpio header or ${trailer}`,
      at >= bytes.length ? 'the end of the archive' : `${bytes.length - at} bytes`,
    )
  }
  const ascii = bytes.toString('latin1', at, at + headerBytes)
  if (!/^07070[12][0-9a-f]{104}$/i.test(ascii)) {
    throw bad('a cpio header in newc or crc format', neutraliseLine(JSON.stringify(ascii.slice(0, 16)), 80))
  }
  const field = (index: number) => Number.parseInt(ascii.slice(6 + 8 * index, 14 + 8 * index), 16)
  return {
    // Device and inode name a hard-linked file; the kernel compares the type too, which put() sees to.
    inode: `${ascii.slice(6, 14)}${ascii.slice(62, 78)}`,
    mode: field(1),
    uid: field(2),
    gid: field(3),
    links: field(4),
    size: field(6),
    device: { major: field(9), minor: field(10) },
    nameSize: field(11),
    checksum: ascii[5] === '2' ? field(12) : undefined,
  }
}

const addEntry = (
  tree: MemoryTree,
  linked: Map<string, TreeNode>,
  name: string,
  header: Header,
  body: Buffer,
  bad: Bad,
): void => {
  const type = entryTypeOf(header.mode)
  if (type === undefined) throw bad('the mode of a known type of file', `0${header.mode.toString(8)}`)
  if (header.checksum !== undefined && type === 'file' && sum(body) !== header.checksum) {
    throw bad(`content with the checksum ${header.checksum} for ${neutraliseLine(name, 120)}`, `${sum(body)}`)
  }
  const key = type === 'file' && header.links > 1 ? header.inode : undefined
  const node = key === undefined ? undefined : linked.get(key)
  if (node !== undefined) {
    tree.link(name, node)
    // One of the names carries the content, the first or the last, depending on the archiver.
    if (body.length > 0) node.content = new MemorySource(body, name)
    return
  }
  const entry: NewEntry = {
    type,
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    ...(type === 'file' ? { content: body } : {}),
    ...(type === 'symlink' ? { linkTarget: linkTarget(body, bad) } : {}),
    ...(type === 'character-device' || type === 'block-device' ? { device: header.device } : {}),
  }
  const added = tree.put(name, entry)
  if (key !== undefined) linked.set(key, added)
}

const linkTarget = (body: Buffer, bad: Bad): string => {
  if (body.length === 0 || body.length > limits.pathBytes) {
    throw bad('a link target of 1 to 4096 bytes', `${body.length} bytes`)
  }
  return decodeName(untilNul(body))
}

const sum = (bytes: Buffer): number => {
  let total = 0
  for (const byte of bytes) total = (total + byte) >>> 0
  return total
}
