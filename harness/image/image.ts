import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { GuestSpec } from '../target/target.ts'
import { readArtefact } from './artefact.ts'
import type { FileTree } from './file-tree.ts'
import { hostSource } from './host-source.ts'
import { checkKernelArchitecture, readKernel } from './kernel-file.ts'
import type { KernelFormat } from './kernel-format.ts'
import { MemoryTree } from './memory-tree.ts'
import { type NamedTree, pickRoot, treesOf, type Unread } from './nested.ts'
import { newContext, openPart } from './open-part.ts'
import type { Context, Part } from './part.ts'

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
  /**
   * `initrd`, and `initrd:/PATH` for each file system inside it; `vda`, `vda partition 2` for those on disks; empty
   * where the kernel boots alone.
   */
  readonly trees: readonly NamedTree[]
  /** The tree that becomes the running root: a file system in the initrd or on a disk that has an init, else the initrd. */
  readonly root: FileTree
  /** File systems that were recognised and could not be opened; nothing is left out in silence. */
  readonly unread: readonly Unread[]
}

/**
 * Reads an image's kernel and the files of its initrd and disks; nothing is run or unpacked on to the host.
 * @throws `NOT_A_KERNEL`, `WRONG_ARCHITECTURE`, `NOT_AN_INITRD`, `UNKNOWN_FORMAT`, `IMAGE_DAMAGED`,
 * `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage), `TOOL_MISSING` (testbed)
 */
export const openImage = async (spec: GuestSpec): Promise<Image> => {
  const kernel = await openKernel(spec)
  const context = newContext('file systems')
  const initrd = spec.initrd === undefined ? undefined : await openInitrd(spec.initrd, context)
  const disks: Part[] = []
  for (const [index, { path }] of spec.disks.entries()) {
    const disk = await openPart(await hostSource(path), context)
    disks.push(renamePart(disk, path, diskName(index)))
  }
  const inInitrd = treesOf(initrd === undefined ? [] : [initrd])
  const onDisks = treesOf(disks)
  const [outer, ...nested] = inInitrd.trees
  return {
    kernel,
    trees: [...inInitrd.trees, ...onDisks.trees],
    root: pickRoot(outer?.tree ?? new MemoryTree(), nested, onDisks.trees),
    unread: [...inInitrd.unread, ...onDisks.unread],
  }
}

/** As the guest names its virtio disks: vda, vdb... */
const diskName = (index: number): string => `vd${String.fromCharCode('a'.charCodeAt(0) + index)}`

/** An initrd is an initramfs, or a whole file system for the old kind of initial RAM disk. */
const openInitrd = async (path: string, context: Context): Promise<Part> => {
  const part = await openPart(await hostSource(path), context)
  if (treesOf([part]).trees.length > 0) return renamePart(part, path, 'initrd')
  throw new DrydockError(`${path}: expected an initrd, found: ${part.unread ?? part.format}`, {
    code: 'NOT_AN_INITRD',
    blame: 'usage',
  })
}

/** Reports call a part by its role, errors by the path of its file. */
const renamePart = (part: Part, from: string, to: string): Part => ({
  ...part,
  name: part.name.startsWith(from) ? to + part.name.slice(from.length) : part.name,
  parts: part.parts.map((inner) => renamePart(inner, from, to)),
})

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
