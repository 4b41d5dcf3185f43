import type { Architecture } from '../common/architecture.ts'
import type { ByteSource } from './byte-source.ts'
import type { FileTree } from './file-tree.ts'
import type { KernelFormat } from './kernel-format.ts'

export interface PartKernel {
  readonly architecture: Architecture
  readonly format: KernelFormat
  /** What `uname -r` will say, where the file tells. */
  readonly release: string | undefined
}

/** Something that an artefact is or holds: a disk, a partition of it, the file system there, an image file in that. */
export interface Part {
  /** What it is called in reports: `disk.img`, `disk.img partition 1`, `disk.img partition 1:/EFI/Linux/a.efi`. */
  readonly name: string
  /** What it is: `disk with GPT`, `ext4 file system`, `kernel`. */
  readonly format: string
  /** Bytes. */
  readonly size: number
  /** What else its own headers say, by a word for it: label, declared type, version. */
  readonly details: Readonly<Record<string, string>>
  readonly tree?: FileTree
  readonly kernel?: PartKernel
  /** The bytes of a kernel or an initrd, as firmware or a loader takes them. */
  readonly content?: ByteSource
  /** The kernel command line that it brings. */
  readonly cmdline?: string
  readonly parts: readonly Part[]
  /** Why it could not be looked into, where it holds files or may hold some. */
  readonly unread?: string
  /** The code of the error that kept it from being read: `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED`. */
  readonly unreadCode?: string
}

/** What a format says of its bytes; name and size are known already. */
export type Opened = Omit<Partial<Part>, 'name' | 'size'>

/** What opening one artefact shares. */
export interface Context {
  /** Bytes that may still be held in memory for all parts together. */
  readonly room: { left: number }
  /** How many more parts may be inside each other. */
  readonly levels: number
  /** Opens something inside; what cannot be read becomes `unread`. */
  open(source: ByteSource): Promise<Part>
  /** Opens the images that are files of a tree. */
  openInside(name: string, tree: FileTree): Promise<Part[]>
}

/** One kind of image. */
export interface Format {
  /** Words that follow "found a". */
  readonly name: string
  /** @param head the first headBytes of it, or all where it has fewer */
  recognises(head: Buffer, size: number): boolean
  /** @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage), `TOOL_MISSING` (testbed) */
  open(source: ByteSource, context: Context): Promise<Opened>
}

/** How much of a part is looked at to recognise it: btrfs has its mark at 64 KiB. */
export const headBytes = 68 * 1024

/** A part and all that is in it, itself first. */
export function* partsOf(part: Part): Generator<Part> {
  yield part
  for (const inner of part.parts) yield* partsOf(inner)
}
