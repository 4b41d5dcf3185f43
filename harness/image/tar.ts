import { neutraliseLine } from '../common/text.ts'
import { damaged } from './damaged.ts'
import type { EntryType } from './file-tree.ts'
import { limits } from './limits.ts'
import type { MemoryTree, NewEntry } from './memory-tree.ts'
import { applyPax, noExtension, type TarExtension } from './tar-extension.ts'

const block = 512

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
}

/**
 * Lays a tar archive (ustar, GNU long names, pax) over the tree; contents are views of `bytes`. An own reader,
 * since extended attributes such as `security.capability` are bytes and tar-stream decodes them as text.
 * @param name what it was made from, for errors
 * @throws `IMAGE_DAMAGED`
 */
export const readTar = (bytes: Buffer, tree: MemoryTree, name: string): void => {
  let extension = noExtension
  let count = 0
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0; ) {
    const bad = (expected: string, found: string) =>
      damaged(
        'IMAGE_DAMAGED',
        `${name}: expected ${expected} in its tar stream at byte ${at}, found ${found}`,
      )
    count += 1
    if (count > limits.entries) throw bad(`at most ${limits.entries} entries`, 'more')
    const header = bytes.subarray(at, at + block)
    const kind = header.toString('latin1', 156, 157)
    const size = kind === '0' ? (extension.size ?? number(header, 124, 12)) : number(header, 124, 12)
    const start = at + block
    if (size > bytes.length - start)
      throw bad(`${size} bytes of content`, `the end after ${bytes.length - start}`)
    const body = bytes.subarray(start, start + size)
    if (kind === 'x') extension = applyPax(extension, body)
    else if (kind === 'L') extension = { ...extension, path: string(body) }
    else if (kind === 'K') extension = { ...extension, linkPath: string(body) }
    else if (kind !== 'g') {
      addEntry(tree, kind, header, body, extension, bad)
      extension = noExtension
    }
    at = start + Math.ceil(size / block) * block
  }
}

type Bad = (expected: string, found: string) => Error

const addEntry = (
  tree: MemoryTree,
  kind: string,
  header: Buffer,
  body: Buffer,
  extension: TarExtension,
  bad: Bad,
): void => {
  const path = extension.path ?? ustarPath(header)
  const linkPath = extension.linkPath ?? string(header.subarray(157, 257))
  if (kind === '1') {
    const target = tree.node(linkPath)
    if (target === undefined) {
      throw bad(
        `the target of the hard link ${neutraliseLine(path, 120)}`,
        `no ${neutraliseLine(linkPath, 120)}`,
      )
    }
    tree.link(path, target)
    return
  }
  const type = types[kind]
  if (type === undefined) throw bad('a known type of entry', neutraliseLine(JSON.stringify(kind), 20))
  const entry: NewEntry = {
    type,
    mode: number(header, 100, 8),
    uid: number(header, 108, 8),
    gid: number(header, 116, 8),
    xattrs: extension.xattrs,
    ...(type === 'file' ? { content: body } : {}),
    ...(type === 'symlink' ? { linkTarget: linkPath } : {}),
    ...(type === 'character-device' || type === 'block-device'
      ? { device: { major: number(header, 329, 8), minor: number(header, 337, 8) } }
      : {}),
  }
  tree.put(path, entry)
}

const ustarPath = (header: Buffer): string => {
  const prefix = string(header.subarray(345, 500))
  const path = string(header.subarray(0, 100))
  return prefix === '' || header.toString('latin1', 257, 263) !== 'ustar\0' ? path : `${prefix}/${path}`
}

const string = (bytes: Buffer): string => {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

/** Octal digits, or GNU's base 256 where the first bit is set. */
const number = (header: Buffer, offset: number, length: number): number => {
  const field = header.subarray(offset, offset + length)
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(-6).readUIntBE(0, 6)
  const value = Number.parseInt(string(field).trim(), 8)
  return Number.isNaN(value) ? 0 : value
}
