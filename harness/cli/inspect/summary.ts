import { messageOf } from '../../common/errors.ts'
import { privilegesOf } from '../../facts/file-capabilities.ts'
import type { ByteSource } from '../../image/byte-source.ts'
import { type Container, listContainers } from '../../image/containers.ts'
import { readElf } from '../../image/elf.ts'
import type { FileTree, TreeEntry } from '../../image/file-tree.ts'

/** Bytes and files below a directory of the root; hard links count once. */
export interface DirectorySize {
  /** `/` for the files right there. */
  readonly path: string
  readonly files: number
  readonly bytes: number
}

/** What a file tree holds, in numbers and lists. */
export interface TreeSummary {
  readonly files: number
  readonly directories: number
  readonly links: number
  /** Device nodes, sockets and FIFOs. */
  readonly specials: number
  readonly bytes: number
  /** Largest first. */
  readonly sizes: readonly DirectorySize[]
  readonly containers: readonly Container[]
  /** Setuid and setgid files, and those with capabilities. */
  readonly privileged: readonly {
    readonly path: string
    readonly owner: string
    readonly by: readonly string[]
  }[]
  /** How many ELF files there are of each kind. */
  readonly elf: Readonly<Record<string, number>>
  /** Files that could not be read, or that start as ELF and are not. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[]
}

const elfMark = Buffer.from('\x7fELF')

/** Reads every ELF file of a tree, and looks at all else from outside. */
export const summarise = async (tree: FileTree): Promise<TreeSummary> => {
  const counts = { files: 0, directories: 0, links: 0, specials: 0 }
  const sizes = new Map<string, { files: number; bytes: number }>()
  const privileged: { path: string; owner: string; by: readonly string[] }[] = []
  const elf: Record<string, number> = {}
  const damaged: { path: string; reason: string }[] = []
  const seen = new Set<ByteSource>()
  for (const entry of tree.entries()) {
    counts[countOf(entry)] += 1
    if (entry.type !== 'file') continue
    const by = privilegesOf(entry)
    if (by.length > 0) privileged.push({ path: entry.path, owner: `${entry.uid}:${entry.gid}`, by })
    const isFirst = !seen.has(entry.content)
    if (entry.size > 0) seen.add(entry.content)
    const folder = /^\/[^/]+(?=\/)/.exec(entry.path)?.[0] ?? '/'
    const size = sizes.get(folder) ?? { files: 0, bytes: 0 }
    sizes.set(folder, { files: size.files + 1, bytes: size.bytes + (isFirst ? entry.size : 0) })
    if (!isFirst) continue
    try {
      const kind = await elfKind(entry)
      if (kind !== undefined) elf[kind] = (elf[kind] ?? 0) + 1
    } catch (error) {
      damaged.push({ path: entry.path, reason: messageOf(error) })
    }
  }
  const bySize = [...sizes].map(([path, size]) => ({ path, ...size })).sort((a, b) => b.bytes - a.bytes)
  return {
    ...counts,
    bytes: bySize.reduce((sum, { bytes }) => sum + bytes, 0),
    sizes: bySize,
    containers: await listContainers(tree),
    privileged,
    elf,
    damaged,
  }
}

const countOf = ({ type }: TreeEntry): 'files' | 'directories' | 'links' | 'specials' => {
  if (type === 'file') return 'files'
  if (type === 'directory') return 'directories'
  return type === 'symlink' ? 'links' : 'specials'
}

/** Undefined: not ELF. */
const elfKind = async (entry: TreeEntry): Promise<string | undefined> => {
  if (entry.size < 16 || !(await entry.content.read(0, 4)).equals(elfMark)) return undefined
  return readElf(await entry.read())?.type
}
