import type { Architecture } from '../common/architecture.ts'
import type { GuestSpec } from '../target/target.ts'
import { readArtefact } from './artefact.ts'
import type { FileTree } from './file-tree.ts'
import { readInitrd } from './initrd.ts'
import { checkKernelArchitecture, readKernel } from './kernel-file.ts'
import type { KernelFormat } from './kernel-format.ts'
import { MemoryTree } from './memory-tree.ts'
import { type NamedTree, openNested, pickRoot, type Unread } from './nested.ts'
import { isSquashfs, readSquashfs } from './squashfs.ts'

export type { NamedTree, Unread } from './nested.ts'

/** The kernel of an image, from its bytes. */
export interface ImageKernel {
  readonly architecture: Architecture
  /** What `uname -r` will say, where the file tells. */
  readonly release: string | undefined
  readonly format: KernelFormat
  /** The text of the `.config` it was built with. */
  readonly config: string | undefined
  /** Where the configuration was found, or why there is none. */
  readonly configSource: string
}

/** The artefacts of one architecture of a target at rest. */
export interface Image {
  readonly kernel: ImageKernel
  /** `initrd`, and `initrd:/PATH` for each file system inside it; empty where the kernel boots alone. */
  readonly trees: readonly NamedTree[]
  /** The tree that becomes the running root: the squashfs in the initrd that has an init, else the initrd. */
  readonly root: FileTree
  /** File systems that were recognised and could not be opened; nothing is left out in silence. */
  readonly unread: readonly Unread[]
}

/**
 * Reads an image's kernel and all its files into memory; nothing is run or unpacked on to the host.
 * @throws `NOT_A_KERNEL`, `WRONG_ARCHITECTURE`, `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` (usage), `TOOL_MISSING` (testbed)
 */
export const openImage = async (spec: GuestSpec): Promise<Image> => {
  const kernel = await openKernel(spec)
  if (spec.initrd === undefined) return { kernel, trees: [], root: new MemoryTree(), unread: [] }
  const outer: NamedTree = { name: 'initrd', tree: await openInitrd(spec.initrd) }
  const { trees, unread } = await openNested(outer)
  return { kernel, trees: [outer, ...trees], root: pickRoot(outer.tree, trees), unread }
}

/** An initrd is an initramfs, or a whole squashfs for the old kind of initial RAM disk. */
const openInitrd = async (path: string): Promise<FileTree> => {
  const bytes = await readArtefact(path, 'an initrd')
  return isSquashfs(bytes) ? await readSquashfs(bytes, path) : await readInitrd(bytes, path)
}

const openKernel = async (spec: GuestSpec): Promise<ImageKernel> => {
  const kernel = await readKernel(spec.kernel)
  checkKernelArchitecture(kernel, spec.architecture, spec.kernel)
  const { architecture, release, format } = kernel
  if (spec.kernelConfig !== undefined) {
    const config = await readArtefact(spec.kernelConfig, 'a kernel configuration')
    return { architecture, release, format, config: config.toString('utf8'), configSource: spec.kernelConfig }
  }
  const embedded = await kernel.embeddedConfig()
  return 'config' in embedded
    ? { architecture, release, format, config: embedded.config, configSource: `${spec.kernel} (IKCONFIG)` }
    : { architecture, release, format, config: undefined, configSource: embedded.reason }
}
