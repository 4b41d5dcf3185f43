import { messageOf } from '../common/errors.ts'
import type { FileTree } from './file-tree.ts'
import { isSquashfs, readSquashfs } from './squashfs.ts'

/** A tree with the name it has in reports: `initrd`, or `initrd:/PATH` for a file system inside. */
export interface NamedTree {
  readonly name: string
  readonly tree: FileTree
}

export interface Unread {
  readonly name: string
  readonly reason: string
}

// An image has one root and perhaps a few layers; every one is read into memory.
const maxNested = 8

/** Opens the file systems that are files of a tree. */
export const openNested = async (outer: NamedTree): Promise<{ trees: NamedTree[]; unread: Unread[] }> => {
  const trees: NamedTree[] = []
  const unread: Unread[] = []
  const seen = new Set<Buffer>()
  for (const entry of outer.tree.entries()) {
    if (entry.type !== 'file' || entry.size < 4096) continue
    const bytes = await entry.read()
    const kind = fileSystemOf(bytes)
    // Hard links are one file.
    if (kind === undefined || seen.has(bytes)) continue
    seen.add(bytes)
    const name = `${outer.name}:${entry.path}`
    if (kind !== 'squashfs') unread.push({ name, reason: `Drydock cannot read ${kind} yet` })
    else if (trees.length >= maxNested) unread.push({ name, reason: `only the first ${maxNested} are read` })
    else {
      await readSquashfs(bytes, name).then(
        (tree) => trees.push({ name, tree }),
        (error: unknown) => unread.push({ name, reason: messageOf(error) }),
      )
    }
  }
  return { trees, unread }
}

/** By the magic numbers of the superblocks (include/uapi/linux/magic.h). */
const fileSystemOf = (bytes: Buffer): string | undefined => {
  if (isSquashfs(bytes)) return 'squashfs'
  if (bytes.readUInt32LE(1024) === 0xe0f5e1e2) return 'EROFS'
  return bytes.readUInt16LE(1080) === 0xef53 ? 'ext4' : undefined
}

const initPaths = [
  '/sbin/init',
  '/init',
  '/usr/sbin/init',
  '/usr/lib/systemd/systemd',
  '/lib/systemd/systemd',
]

/** The tree that an init can be started from; of several the one with the most files, else the outer tree. */
export const pickRoot = (outer: FileTree, nested: readonly NamedTree[]): FileTree => {
  const roots = nested.filter(({ tree }) => initPaths.some((path) => tree.resolve(path) !== undefined))
  const candidates = roots.length > 0 ? roots : nested.length === 1 ? nested : []
  const count = ({ tree }: NamedTree): number => [...tree.entries()].length
  return candidates.toSorted((a, b) => count(b) - count(a))[0]?.tree ?? outer
}
