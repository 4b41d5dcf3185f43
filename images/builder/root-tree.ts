import { posix } from 'node:path'
import { pack } from 'tar-stream'

/** All times in the image: nothing in it depends on when it was built. */
export const buildTime = new Date(0)

type Node =
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'file'; readonly mode: number; readonly content: Buffer }
  | { readonly kind: 'link'; readonly target: string }

/** A file tree in the making, owned by root throughout. Parents appear by themselves; later entries replace earlier ones. */
export class RootTree {
  readonly #nodes = new Map<string, Node>()

  #put(path: string, node: Node): void {
    const parent = posix.dirname(path)
    if (path !== '/' && !this.#nodes.has(parent)) this.#put(parent, { kind: 'directory', mode: 0o755 })
    this.#nodes.set(path, node)
  }

  directory(path: string, mode = 0o755): this {
    if (!this.#nodes.has(path)) this.#put(path, { kind: 'directory', mode })
    return this
  }

  file(path: string, content: Buffer | string, mode = 0o644): this {
    this.#put(path, { kind: 'file', mode, content: Buffer.from(content) })
    return this
  }

  link(path: string, target: string): this {
    this.#put(path, { kind: 'link', target })
    return this
  }

  /** Takes out a file or a link. */
  remove(path: string): this {
    this.#nodes.delete(path)
    return this
  }

  has(path: string): boolean {
    return this.#nodes.has(path)
  }

  /** The bytes of a file. */
  content(path: string): Buffer | undefined {
    const node = this.#nodes.get(path)
    return node?.kind === 'file' ? node.content : undefined
  }

  /** All nodes, parents first, always in the same order. */
  nodes(): [string, Node][] {
    return [...this.#nodes].sort(([left], [right]) => (left < right ? -1 : 1))
  }

  /** Puts this tree below a folder of another. */
  copyInto(other: RootTree, folder: string): void {
    for (const [path, node] of this.nodes())
      other.#put(path === '/' ? folder : posix.join(folder, path), node)
  }

  /** As a tar archive; the same tree gives the same bytes. */
  async toTar(): Promise<Buffer> {
    const archive = pack()
    for (const [path, node] of this.nodes()) {
      const header = { name: path === '/' ? './' : path.slice(1), mtime: buildTime, uid: 0, gid: 0 }
      if (node.kind === 'file') archive.entry({ ...header, mode: node.mode, type: 'file' }, node.content)
      else if (node.kind === 'directory') archive.entry({ ...header, mode: node.mode, type: 'directory' })
      else archive.entry({ ...header, type: 'symlink', linkname: node.target })
    }
    archive.finalize()
    const pieces: Buffer[] = []
    for await (const piece of archive) pieces.push(piece as Buffer)
    return Buffer.concat(pieces)
  }
}
