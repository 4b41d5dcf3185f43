import type { FileTree } from './file-tree.ts'
import { newContext } from './open-part.ts'
import { type Part, partsOf } from './part.ts'

/** A tree with the name it has in reports: `initrd`, or `initrd:/PATH` for a file system inside. */
export interface NamedTree {
  readonly name: string
  readonly tree: FileTree
}

export interface Unread {
  readonly name: string
  readonly reason: string
}

/** The file trees of some parts and all that is in them, and what could not be looked into. */
export const treesOf = (parts: readonly Part[]): { trees: NamedTree[]; unread: Unread[] } => {
  const trees: NamedTree[] = []
  const unread: Unread[] = []
  for (const part of parts.flatMap((outer) => [...partsOf(outer)])) {
    if (part.tree !== undefined) trees.push({ name: part.name, tree: part.tree })
    if (part.unread !== undefined) unread.push({ name: part.name, reason: part.unread })
  }
  return { trees, unread }
}

/** Opens the file systems that are files of a tree. */
export const openNested = async (outer: NamedTree): Promise<{ trees: NamedTree[]; unread: Unread[] }> =>
  treesOf(await newContext('file systems').openInside(outer.name, outer.tree))

const initPaths = [
  '/sbin/init',
  '/init',
  '/usr/sbin/init',
  '/usr/lib/systemd/systemd',
  '/lib/systemd/systemd',
]

const mostFiles = (trees: readonly NamedTree[]): FileTree | undefined => {
  const count = ({ tree }: NamedTree): number => [...tree.entries()].length
  return trees.toSorted((a, b) => count(b) - count(a))[0]?.tree
}

/**
 * The tree that an init can be started from: a file system inside the initrd, of several the one with the most
 * files; else one on a disk; else the initrd itself.
 */
export const pickRoot = (
  outer: FileTree,
  nested: readonly NamedTree[],
  onDisks: readonly NamedTree[] = [],
): FileTree => {
  const withInit = (trees: readonly NamedTree[]) =>
    trees.filter(({ tree }) => initPaths.some((path) => tree.resolve(path) !== undefined))
  const only = nested.length === 1 ? nested : []
  return mostFiles(withInit(nested)) ?? mostFiles(withInit(onDisks)) ?? mostFiles(only) ?? outer
}
