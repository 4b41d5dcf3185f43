import { neutraliseLine } from '../common/text.ts'
import { type ByteSource, sliceOf } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { decodeName, untilNul } from './fields.ts'
import { isDevice } from './file-mode.ts'
import type { EntryType } from './file-tree.ts'
import { limits } from './limits.ts'
import type { MemoryTree, NewEntry } from './memory-tree.ts'
import { metadataSource } from './metadata-source.ts'
import { applyPax, noExtension, type TarExtension } from './tar-extension.ts'

const block = 512
/** Bytes of one pax header or GNU long name. */
const mostExtensionBytes = 1024 * 1024

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

/** One entry of an archive: something new, or one more name for what is there. */
export type TarEntry =
  | { readonly path: string; readonly at: number; readonly entry: NewEntry }
  | { readonly path: string; readonly at: number; readonly linkTo: string }

/** Whether the first 512 bytes are a header whose checksum is right. */
export const isTar = (head: Buffer): boolean => {
  if (head.length < block || head[0] === 0) return false
  // The checksum's own field counts as blanks.
  let sum = 8 * 0x20
  for (let at = 0; at < block; at += 1) if (at < 148 || at >= 156) sum += head[at] ?? 0
  return number(head, 148, 8) === sum
}

/**
 * The entries of a tar archive (ustar, GNU long names, pax); contents stay where they are. An own reader, since
 * extended attributes such as `security.capability` are bytes and tar-stream decodes them as text.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`
 */
export async function* tarEntries(source: ByteSource): AsyncGenerator<TarEntry> {
  const headers = metadataSource(source)
  let extension = noExtension
  let extensionBytes = 0
  let count = 0
  for (let at = 0; at + block <= source.size; ) {
    const bad = (expected: string, found: string) =>
      damaged(
        'IMAGE_DAMAGED',
        `${source.name}: expected ${expected} in its tar stream at byte ${at}, found ${found}`,
      )
    const header = await headers.read(at, block)
    if (header[0] === 0) return
    count += 1
    if (count > limits.entries) throw bad(`at most ${limits.entries} entries`, 'more')
    const kind = header.toString('latin1', 156, 157)
    const size = kind === '0' ? (extension.size ?? number(header, 124, 12)) : number(header, 124, 12)
    const start = at + block
    if (size > source.size - start)
      throw bad(`${size} bytes of content`, `the end after ${source.size - start}`)
    if ('xLKg'.includes(kind)) {
      extensionBytes += size
      if (size > mostExtensionBytes) throw bad(`at most ${mostExtensionBytes} bytes of names`, `${size}`)
      if (extensionBytes > limits.extensionBytes) {
        throw bad(`at most ${limits.extensionBytes} bytes of names and attributes`, 'more')
      }
      extension = extend(extension, kind, await headers.read(start, size))
    } else {
      const path = extension.path ?? ustarPath(header)
      const linkPath = extension.linkPath ?? string(header.subarray(157, 257))
      if (kind === '1') yield { path, at, linkTo: linkPath }
      else {
        const type = types[kind]
        if (type === undefined) throw bad('a known type of entry', neutraliseLine(JSON.stringify(kind), 20))
        const content = type === 'file' ? sliceOf(source, start, size, `${source.name}:${path}`) : undefined
        yield { path, at, entry: entryOf(header, type, extension, linkPath, content) }
      }
      extension = noExtension
    }
    at = start + Math.ceil(size / block) * block
  }
}

const extend = (extension: TarExtension, kind: string, body: Buffer): TarExtension => {
  switch (kind) {
    case 'x':
      return applyPax(extension, body)
    case 'L':
      return { ...extension, path: string(body) }
    case 'K':
      return { ...extension, linkPath: string(body) }
    default:
      // `g` speaks of all entries that follow; no archiver writes names or owners into it.
      return extension
  }
}

const entryOf = (
  header: Buffer,
  type: EntryType,
  extension: TarExtension,
  linkPath: string,
  content: ByteSource | undefined,
): NewEntry => ({
  type,
  mode: number(header, 100, 8),
  uid: number(header, 108, 8),
  gid: number(header, 116, 8),
  xattrs: extension.xattrs,
  ...(content === undefined ? {} : { content }),
  ...(type === 'symlink' ? { linkTarget: linkPath } : {}),
  ...(isDevice(type) ? { device: { major: number(header, 329, 8), minor: number(header, 337, 8) } } : {}),
})

/**
 * Lays an entry over the tree, as tar unpacks it: all but a directory over a directory replaces what was there.
 * @param name of the archive, for errors
 * @throws `IMAGE_DAMAGED`
 */
export const layTarEntry = (tree: MemoryTree, found: TarEntry, name: string): void => {
  const { path } = found
  if ('linkTo' in found) {
    const target = tree.node(found.linkTo)
    if (target === undefined || target.type === 'directory') {
      throw damaged(
        'IMAGE_DAMAGED',
        `${name}: expected the target of the hard link ${neutraliseLine(path, 120)} in its tar stream at byte ${found.at}, found no file ${neutraliseLine(found.linkTo, 120)}`,
      )
    }
    if (tree.node(path) === target) return
    tree.remove(path)
    tree.link(path, target)
    return
  }
  const existing = tree.node(path)
  if (existing !== undefined && !(existing.type === 'directory' && found.entry.type === 'directory')) {
    tree.remove(path)
  }
  tree.put(path, found.entry)
}

/** Lays a whole archive over the tree. @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` */
export const readTar = async (source: ByteSource, tree: MemoryTree): Promise<void> => {
  for await (const found of tarEntries(source)) layTarEntry(tree, found, source.name)
}

const ustarPath = (header: Buffer): string => {
  const prefix = string(header.subarray(345, 500))
  const path = string(header.subarray(0, 100))
  return prefix === '' || header.toString('latin1', 257, 263) !== 'ustar\0' ? path : `${prefix}/${path}`
}

const string = (bytes: Buffer): string => decodeName(untilNul(bytes))

/** Octal digits, or GNU's base 256 where the first bit is set. */
const number = (header: Buffer, offset: number, length: number): number => {
  const field = header.subarray(offset, offset + length)
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(-6).readUIntBE(0, 6)
  const value = Number.parseInt(string(field).trim(), 8)
  return Number.isNaN(value) || value < 0 ? 0 : value
}
