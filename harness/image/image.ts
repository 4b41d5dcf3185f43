import type { Architecture } from '../common/architecture.ts'
import type { FileTree } from './file-tree.ts'

/** The kernel of an image, from its bytes. */
export interface ImageKernel {
  readonly architecture: Architecture
  /** What `uname -r` will say, where the file tells. */
  readonly release: string | undefined
  readonly format: string
  /** The text of the `.config` it was built with. */
  readonly config: string | undefined
  /** Where the configuration was found, or why there is none. */
  readonly configSource: string
}

/** The artefacts of one architecture of a target at rest. */
export interface Image {
  readonly kernel: ImageKernel
  /** `initrd`, and `initrd:/PATH` for each file system inside it. */
  readonly trees: readonly { readonly name: string; readonly tree: FileTree }[]
  /** The tree that becomes the running root: the squashfs the initrd holds, else the initrd. */
  readonly root: FileTree
  /** File systems that were recognised and could not be opened; nothing is left out in silence. */
  readonly unread: readonly { readonly name: string; readonly reason: string }[]
}
