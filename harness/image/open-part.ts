import { DrydockError, messageOf } from '../common/errors.ts'
import { type ByteSource, MemorySource, readStart } from './byte-source.ts'
import { damaged } from './damaged.ts'
import type { FileTree, TreeEntry } from './file-tree.ts'
import { tar } from './formats/archives.ts'
import { compressed, elfKernel, initrd, kernel, uki } from './formats/boot-files.ts'
import { gptDisk, mbrDisk, qcow2 } from './formats/disks.ts'
import { fat, iso9660, markedFileSystems } from './formats/file-systems.ts'
import { recogniseUnreadable } from './formats/unreadable.ts'
import { limits } from './limits.ts'
import { type Context, type Format, headBytes, type Part } from './part.ts'

/** In the order in which they are tried: a hybrid ISO has a partition table, a kernel the mark of a boot sector. */
const formats: readonly Format[] = [
  ...markedFileSystems,
  qcow2,
  iso9660,
  uki,
  kernel,
  gptDisk,
  fat,
  mbrDisk,
  initrd,
  compressed,
  elfKernel,
  tar,
]

/** What is opened where it is a file of a tree; all known by their first bytes, so that a scan is quick. */
const fileSystemFiles: readonly Format[] = [...markedFileSystems, qcow2, gptDisk, fat]
const bootFiles: readonly Format[] = [uki, kernel]
const initrdFiles: readonly Format[] = [initrd, compressed]

const nestedHeadBytes = 4096
/** Every one may be read into memory. */
const mostInside = 64
/** An initrd is never smaller, and documentation is full of small compressed files. */
const leastInitrdBytes = 64 * 1024

/** `file systems`: what may become part of the running tree; `all`: kernels and initrds too. */
export type Scan = 'file systems' | 'all'

export const newContext = (scan: Scan, room: number = limits.unpackedBytes): Context =>
  contextOf({ left: room }, limits.nesting, scan)

const contextOf = (room: Context['room'], levels: number, scan: Scan): Context => {
  const inner = (): Context => contextOf(room, levels - 1, scan)
  return {
    room,
    levels,
    open: async (source) => await unlessDamaged(source, async () => await openPart(source, inner())),
    openInside: async (name, tree) => (levels > 0 ? await openFiles(name, tree, inner(), scan) : []),
  }
}

/**
 * Opens anything that Drydock reads, told by its bytes alone, with all that is inside.
 * @throws `UNKNOWN_FORMAT`, `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage), `TOOL_MISSING` (testbed)
 */
export const openPart = async (source: ByteSource, context: Context): Promise<Part> => {
  const { name, size } = source
  if (context.levels < 0) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${name}: expected at most ${limits.nesting} images in each other, found more`,
    )
  }
  const head = await readStart(source, headBytes)
  if (head.every((byte) => byte === 0)) {
    return { name, format: size === 0 ? 'nothing' : 'empty space', size, details: {}, parts: [] }
  }
  const unreadable = recogniseUnreadable(head)
  if (unreadable?.holdsNoFiles === true)
    return { name, format: unreadable.name, size, details: {}, parts: [] }
  if (unreadable !== undefined) {
    throw damaged(
      'IMAGE_UNSUPPORTED',
      `${name}: expected an image that Drydock reads, found a ${unreadable.name}`,
    )
  }
  const format = formats.find((known) => known.recognises(head, size))
  if (format === undefined) throw unknownFormat(name, head)
  const opened = await format.open(source, context)
  return { format: format.name, details: {}, parts: [], ...opened, name, size }
}

/** A part that cannot be read is shown as such; mistakes of Drydock itself still surface. */
const unlessDamaged = async (source: ByteSource, open: () => Promise<Part>): Promise<Part> => {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof DrydockError)) throw error
    const { name, size } = source
    const { code: unreadCode } = error
    return { name, format: 'unknown', size, details: {}, parts: [], unread: messageOf(error), unreadCode }
  }
}

const openFiles = async (name: string, tree: FileTree, context: Context, scan: Scan): Promise<Part[]> => {
  const parts: Part[] = []
  const seen = new Set<ByteSource>()
  const kernelFolders = new Set<string>()
  const add = async (entry: TreeEntry, format: Format): Promise<void> => {
    seen.add(entry.content)
    const source = renamed(entry.content, `${name}:${entry.path}`)
    if (parts.length >= mostInside) {
      const unread = `only the first ${mostInside} images in a tree are read`
      parts.push({
        name: source.name,
        format: format.name,
        size: source.size,
        details: {},
        parts: [],
        unread,
      })
      return
    }
    const part = await unlessDamaged(source, async () => await openPart(source, context))
    if (part.unread !== undefined) parts.push({ ...part, format: format.name })
    else if (!initrdFiles.includes(format) || part.format === initrd.name) parts.push(part)
  }
  const wanted = scan === 'all' ? [...fileSystemFiles, ...bootFiles] : fileSystemFiles
  for (const { entry, format } of await recognised(tree, wanted, nestedHeadBytes)) {
    if (seen.has(entry.content)) continue
    if (bootFiles.includes(format)) kernelFolders.add(folderOf(entry.path))
    await add(entry, format)
  }
  if (kernelFolders.size === 0) return parts
  // Whether something compressed is an initrd shows once it is unpacked, so only neighbours of a kernel are tried.
  for (const { entry, format } of await recognised(tree, initrdFiles, leastInitrdBytes)) {
    if (!seen.has(entry.content) && kernelFolders.has(folderOf(entry.path))) await add(entry, format)
  }
  return parts
}

/** The same bytes under the name that they have here. */
const renamed = (source: ByteSource, name: string): ByteSource =>
  source instanceof MemorySource
    ? new MemorySource(source.bytes, name)
    : { name, size: source.size, read: async (offset, length) => await source.read(offset, length) }

interface Candidate {
  readonly entry: TreeEntry
  readonly format: Format
}

const recognised = async (tree: FileTree, wanted: readonly Format[], least: number): Promise<Candidate[]> => {
  const found: Candidate[] = []
  for (const entry of tree.entries()) {
    if (entry.type !== 'file' || entry.size < least) continue
    // A file whose start cannot be read is a finding for those who read files; here it is no image.
    const head = await entry.content.read(0, nestedHeadBytes).catch(() => undefined)
    const format = head && wanted.find((known) => known.recognises(head, entry.size))
    if (format !== undefined) found.push({ entry, format })
  }
  return found
}

const unknownFormat = (name: string, head: Buffer): DrydockError =>
  new DrydockError(
    `${name}: expected a kernel, an initrd, a disk, a file system, a unified kernel image, a tar archive or a container image, found bytes that start ${head.toString('hex', 0, 8)}`,
    { code: 'UNKNOWN_FORMAT', blame: 'usage' },
  )

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
