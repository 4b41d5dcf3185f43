import { neutraliseLine } from '../common/text.ts'
import { type ByteSource, MemorySource, readWhole } from './byte-source.ts'
import { damaged } from './damaged.ts'
import type { EntryType, FileTree, TreeEntry } from './file-tree.ts'
import { limits } from './limits.ts'

/** What an archive says of one entry, apart from its name. */
export interface NewEntry {
  readonly type: EntryType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** For files; bytes are kept, not copied. */
  readonly content?: Buffer | ByteSource
  readonly linkTarget?: string
  readonly device?: { readonly major: number; readonly minor: number }
  readonly xattrs?: ReadonlyMap<string, Buffer>
}

/** An inode: names that are hard links share one. */
export interface TreeNode {
  readonly type: EntryType
  mode: number
  uid: number
  gid: number
  content: ByteSource
  readonly linkTarget: string | undefined
  readonly device: TreeEntry['device']
  xattrs: ReadonlyMap<string, Buffer>
  /** Empty for all but directories. */
  readonly children: Map<string, TreeNode>
}

/** A node where it was found. */
interface Place {
  readonly node: TreeNode
  readonly path: string
  readonly parent: Place | undefined
}

const nothing = new MemorySource(Buffer.alloc(0), 'no content')
const noXattrs: ReadonlyMap<string, Buffer> = new Map()
/** Shared by all that can have none. */
const noChildren = new Map<string, TreeNode>()

/** A file tree in memory that takes entries as Linux's initramfs unpacker does (init/initramfs.c). */
export class MemoryTree implements FileTree {
  readonly #root: Place = {
    node: makeNode({ type: 'directory', mode: 0o755, uid: 0, gid: 0 }),
    path: '/',
    parent: undefined,
  }

  /**
   * Adds an entry, or lays it over one of that name: a file is written anew (all its hard links see it), a
   * directory or device of the same type only takes owner and mode, anything else replaces what was there, but
   * for a directory that is not empty, which stays. Links in the directories above are followed, missing
   * directories appear with mode 0755.
   * @throws `IMAGE_DAMAGED` for names outside the limits or below something that is no directory
   */
  put(name: string, entry: NewEntry): TreeNode {
    const spot = this.#spot(name)
    if (spot === undefined) return update(this.#root.node, entry)
    const existing = spot.siblings.get(spot.name)
    if (existing !== undefined && existing.type === entry.type && entry.type !== 'symlink') {
      return update(existing, entry)
    }
    const node = makeNode(entry)
    place(spot, node)
    return node
  }

  /** Adds another name for a node that is in the tree. */
  link(name: string, node: TreeNode): void {
    const spot = this.#spot(name)
    if (spot !== undefined) place(spot, node)
  }

  /** Takes a name away, with everything below it; nothing where there is none. */
  remove(name: string): void {
    const parts = partsOf(name)
    const last = parts.pop()
    if (last !== undefined) this.#walk(parts, 'all')?.node.children.delete(last)
  }

  /** Takes everything in a directory away. */
  clear(name: string): void {
    const node = this.node(name)
    if (node?.type === 'directory') node.children.clear()
  }

  /** The node of that name, links followed but for the last part. */
  node(name: string): TreeNode | undefined {
    return this.#walk(partsOf(name), 'parents')?.node
  }

  *entries(): Generator<TreeEntry> {
    const pending = [this.#root]
    for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
      yield entryOf(here)
      const parent = here
      const names = [...here.node.children].sort(([a], [b]) => (a < b ? 1 : -1))
      for (const [name, node] of names) pending.push({ node, path: join(parent.path, name), parent })
    }
  }

  get(path: string): TreeEntry | undefined {
    const found = this.#walk(partsOf(path), 'none')
    return found === undefined ? undefined : entryOf(found)
  }

  resolve(path: string, root = '/'): TreeEntry | undefined {
    const base = this.#walk(partsOf(root), 'none')
    const found = base && this.#walk(partsOf(path), 'all', { ...base, parent: undefined })
    return found === undefined ? undefined : entryOf(found)
  }

  /** Where an entry of that name belongs; undefined for the root itself. */
  #spot(name: string): { siblings: Map<string, TreeNode>; name: string } | undefined {
    const parts = partsOf(name)
    if (Buffer.byteLength(name) > limits.pathBytes || parts.length > limits.depth) {
      throw badName(name, `a path of at most ${limits.pathBytes} bytes and ${limits.depth} directories`)
    }
    const last = parts.pop()
    if (last === undefined) return undefined
    if (last === '..') throw badName(name, 'a name for the entry')
    const parent = this.#walk(parts, 'create')
    if (parent?.node.type !== 'directory') throw badName(name, 'a directory above it')
    if (parent.path.length + last.length > limits.pathBytes) {
      throw badName(name, `a path of at most ${limits.pathBytes} bytes where its links lead`)
    }
    return { siblings: parent.node.children, name: last }
  }

  /** `none` follows no link, `parents` all but the last part, `all` each; `create` also adds directories. */
  #walk(
    parts: readonly string[],
    mode: 'none' | 'parents' | 'all' | 'create',
    root = this.#root,
  ): Place | undefined {
    const pending = parts.toReversed()
    let here = root
    let links = 0
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '..') {
        here = here.parent ?? here
        continue
      }
      let node = here.node.children.get(name)
      if (node === undefined && mode === 'create' && here.node.type === 'directory') {
        node = makeNode({ type: 'directory', mode: 0o755, uid: 0, gid: 0 })
        here.node.children.set(name, node)
      }
      if (node === undefined) return undefined
      const follow = mode === 'all' || mode === 'create' || (mode === 'parents' && pending.length > 0)
      if (node.linkTarget !== undefined && follow) {
        links += 1
        if (links > limits.links) return undefined
        if (node.linkTarget.startsWith('/')) here = root
        pending.push(...partsOf(node.linkTarget).reverse())
      } else here = { node, path: join(here.path, name), parent: here }
    }
    return here
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

const join = (directory: string, name: string): string =>
  directory === '/' ? `/${name}` : `${directory}/${name}`

const place = (spot: { siblings: Map<string, TreeNode>; name: string }, node: TreeNode): void => {
  const existing = spot.siblings.get(spot.name)
  if (existing === undefined || existing.children.size === 0) spot.siblings.set(spot.name, node)
}

const makeNode = (entry: NewEntry): TreeNode => ({
  type: entry.type,
  mode: entry.mode & 0o7777,
  uid: entry.uid,
  gid: entry.gid,
  content: contentOf(entry),
  linkTarget: entry.linkTarget,
  device: entry.device,
  xattrs: xattrsOf(entry),
  children: entry.type === 'directory' ? new Map() : noChildren,
})

const xattrsOf = ({ xattrs }: NewEntry): ReadonlyMap<string, Buffer> =>
  xattrs === undefined || xattrs.size === 0 ? noXattrs : xattrs

const contentOf = ({ content }: NewEntry): ByteSource =>
  Buffer.isBuffer(content) ? new MemorySource(content, 'content') : (content ?? nothing)

const update = (node: TreeNode, entry: NewEntry): TreeNode => {
  node.mode = entry.mode & 0o7777
  node.uid = entry.uid
  node.gid = entry.gid
  node.content = contentOf(entry)
  node.xattrs = xattrsOf(entry)
  return node
}

const entryOf = ({ node, path }: Place): TreeEntry => ({
  path,
  type: node.type,
  mode: node.mode,
  uid: node.uid,
  gid: node.gid,
  size: node.linkTarget === undefined ? node.content.size : Buffer.byteLength(node.linkTarget),
  linkTarget: node.linkTarget,
  device: node.device,
  xattrs: node.xattrs,
  content: node.content,
  read: async () => await readWhole(node.content),
})

const badName = (name: string, expected: string) =>
  damaged('IMAGE_DAMAGED', `expected ${expected}, found the entry ${neutraliseLine(name, 120)}`)
