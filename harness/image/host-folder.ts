import { lstatSync, readdirSync, readlinkSync, type Stats, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ByteSource, checkRange, readWhole } from './byte-source.ts'
import { withDiskFile } from './elf-file.ts'
import type { EntryType, FileTree, TreeEntry } from './file-tree.ts'
import { limits } from './limits.ts'

const noXattrs: ReadonlyMap<string, Buffer> = new Map()

/**
 * A file of the host. Owner and mode are read when they are asked for, and count as 0 where it is gone by then.
 * Node cannot read extended attributes, so there are none.
 */
export class HostEntry implements TreeEntry {
  readonly path: string
  /** Where it is on the host. */
  readonly hostPath: string
  readonly type: EntryType
  readonly device = undefined
  readonly xattrs = noXattrs
  #stats: Stats | undefined
  #target: string | undefined

  constructor(path: string, hostPath: string, type: EntryType, stats?: Stats) {
    this.path = path
    this.hostPath = hostPath
    this.type = type
    this.#stats = stats
  }

  get mode(): number {
    return (this.#known?.mode ?? 0) & 0o7777
  }

  get uid(): number {
    return this.#known?.uid ?? 0
  }

  get gid(): number {
    return this.#known?.gid ?? 0
  }

  get size(): number {
    return this.type === 'file' ? (this.#known?.size ?? 0) : (this.linkTarget?.length ?? 0)
  }

  get linkTarget(): string | undefined {
    if (this.type === 'symlink') this.#target ??= readlinkSync(this.hostPath)
    return this.#target
  }

  get content(): ByteSource {
    const { hostPath, size } = this
    return {
      name: hostPath,
      size,
      read: async (offset, length) => {
        checkRange(hostPath, size, offset, length)
        return withDiskFile(hostPath, ({ bytes }) => Buffer.from(bytes?.read(offset, length) ?? []))
      },
    }
  }

  async read(): Promise<Buffer> {
    return await readWhole(this.content)
  }

  get #known(): Stats | undefined {
    this.#stats ??= lstatSync(this.hostPath, { throwIfNoEntry: false })
    return this.#stats
  }
}

interface Kind {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isCharacterDevice(): boolean
  isBlockDevice(): boolean
  isFIFO(): boolean
}

const typeOf = (kind: Kind): EntryType => {
  if (kind.isFile()) return 'file'
  if (kind.isDirectory()) return 'directory'
  if (kind.isSymbolicLink()) return 'symlink'
  if (kind.isCharacterDevice()) return 'character-device'
  if (kind.isBlockDevice()) return 'block-device'
  return kind.isFIFO() ? 'fifo' : 'socket'
}

// /proc, /sys, cgroups, debugfs, tracefs: made up by the kernel as they are read (include/uapi/linux/magic.h).
const kernelFileSystems = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163])

/** A folder of the host as the root of a file tree; links in it never lead out. */
export class HostFolder implements FileTree {
  readonly #base: string
  readonly #found = new Map<string, TreeEntry | undefined>()

  /** @param base the folder's real path: absolute, without links */
  constructor(base: string) {
    this.#base = base === '/' ? '' : base
  }

  entries(): Iterable<HostEntry> {
    return this.below('/')
  }

  /**
   * What is below a folder of the tree, itself included; file systems that the kernel makes up are left out.
   * @param unreadable is told of folders that cannot be opened; without it, they end the walk
   */
  *below(start: string, unreadable?: (path: string, error: unknown) => void): Generator<HostEntry> {
    const first = this.#entry(start)
    const pending = first === undefined ? [] : [{ entry: first, device: -1 }]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { entry } = next
      yield entry
      if (entry.type !== 'directory') continue
      try {
        const device = lstatSync(entry.hostPath).dev
        if (device !== next.device && kernelFileSystems.has(statfsSync(entry.hostPath).type)) continue
        for (const child of this.#children(entry)) pending.push({ entry: child, device })
      } catch (error) {
        if (unreadable === undefined) throw error
        unreadable(entry.hostPath, error)
      }
    }
  }

  get(path: string): TreeEntry | undefined {
    return this.#walk(path, '', false)
  }

  resolve(path: string, root = '/'): TreeEntry | undefined {
    const key = `${root}\0${path}`
    if (!this.#found.has(key)) this.#found.set(key, this.#walk(path, root === '/' ? '' : root, true))
    return this.#found.get(key)
  }

  /** In descending order, so that the last one comes first from a stack. */
  #children({ path, hostPath }: HostEntry): HostEntry[] {
    const inside = path === '/' ? '' : path
    return readdirSync(hostPath, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? 1 : -1))
      .map((found) => {
        const below = `${inside}/${found.name}`
        return new HostEntry(below, this.#base + below, typeOf(found))
      })
  }

  #entry(path: string): HostEntry | undefined {
    const hostPath = this.#base + path
    const stats = lstatSync(hostPath, { throwIfNoEntry: false })
    return stats && new HostEntry(path, hostPath, typeOf(stats), stats)
  }

  #walk(path: string, root: string, follow: boolean): TreeEntry | undefined {
    const pending = path.split('/').reverse()
    let here = this.#entry(root === '' ? '/' : root)
    let links = 0
    for (let name = pending.pop(); name !== undefined && here !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue
      const at = here.path === '/' ? '' : here.path
      if (name === '..') {
        here = at === root ? here : this.#entry(dirname(at))
        continue
      }
      const next = here.type === 'directory' ? this.#entry(`${at}/${name}`) : undefined
      if (next?.linkTarget === undefined || !follow) {
        here = next
        continue
      }
      links += 1
      if (links > limits.links) return undefined
      if (next.linkTarget.startsWith('/')) here = this.#entry(root === '' ? '/' : root)
      pending.push(...next.linkTarget.split('/').reverse())
    }
    return here
  }
}
