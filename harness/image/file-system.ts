import { neutraliseLine } from '../common/text.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'
import { MemoryTree, type NewEntry, type TreeNode } from './memory-tree.ts'

/** How one kind of file system is read; `Id` is how its directories point at files. */
export interface FileSystemReader<Id> {
  readonly name: string
  readonly root: Id
  /** The same for all names of one file. */
  keyOf(id: Id): number | string
  /** @throws `IMAGE_DAMAGED` */
  inode(id: Id): Promise<NewEntry>
  /** The names in a directory, without `.` and `..`. @throws `IMAGE_DAMAGED` */
  list(id: Id): Promise<readonly Named<Id>[]>
}

export interface Named<Id> {
  readonly name: string
  readonly id: Id
}

interface Directory<Id> {
  readonly id: Id
  readonly path: string
  readonly depth: number
}

/**
 * Reads the whole directory tree of a file system; contents stay where they are until they are asked for.
 * @throws `IMAGE_DAMAGED` for what no kernel would mount either: loops of directories, names with a slash, the same
 * name twice; `IMAGE_TOO_LARGE`
 */
export const readFileSystem = async <Id>(reader: FileSystemReader<Id>): Promise<MemoryTree> => {
  const tree = new MemoryTree()
  const nodes = new Map<number | string, TreeNode>()
  const bad = (path: string, expected: string, found: string) =>
    damaged(
      'IMAGE_DAMAGED',
      `${reader.name}: expected ${expected} in ${neutraliseLine(path, 120)}, found ${found}`,
    )

  const root = await reader.inode(reader.root)
  if (root.type !== 'directory') throw bad('/', 'a directory as its root', `a ${root.type}`)
  nodes.set(reader.keyOf(reader.root), tree.put('/', root))
  const pending: Directory<Id>[] = [{ id: reader.root, path: '', depth: 0 }]
  let count = 0
  let xattrBytes = 0
  for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
    const names = new Set<string>()
    for (const { name, id } of await reader.list(here.id)) {
      const problem = problemWithName(name)
      if (problem !== undefined) throw bad(here.path || '/', 'plain names', problem)
      if (names.has(name)) throw bad(here.path || '/', 'each name once', neutraliseLine(name, 120))
      names.add(name)
      count += 1
      if (count > limits.entries) {
        throw damaged(
          'IMAGE_TOO_LARGE',
          `${reader.name}: expected at most ${limits.entries} entries, found more`,
        )
      }
      const path = `${here.path}/${name}`
      const key = reader.keyOf(id)
      const known = nodes.get(key)
      if (known !== undefined) {
        if (known.type === 'directory') throw bad(path, 'one name for each directory', 'a second one')
        tree.link(path, known)
        continue
      }
      const entry = await reader.inode(id)
      xattrBytes += bytesOfXattrs(entry)
      if (xattrBytes > limits.xattrBytes) {
        throw damaged(
          'IMAGE_TOO_LARGE',
          `${reader.name}: expected at most ${limits.xattrBytes} bytes of extended attributes, found more`,
        )
      }
      nodes.set(key, tree.put(path, entry))
      if (entry.type === 'directory') pending.push({ id, path, depth: here.depth + 1 })
    }
  }
  return tree
}

const bytesOfXattrs = ({ xattrs = new Map() }: NewEntry): number => {
  let sum = 0
  for (const [name, value] of xattrs) sum += name.length + value.length
  return sum
}

const problemWithName = (name: string): string | undefined => {
  if (name === '' || name === '.' || name === '..') return `the name "${name}"`
  if (name.includes('/') || name.includes('\0'))
    return `the name ${neutraliseLine(JSON.stringify(name), 120)}`
  return Buffer.byteLength(name) > 4 * limits.nameBytes ? 'a name that is too long' : undefined
}
