import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { GuestSpec, Medium } from '../target/target.ts'
import { readArtefact } from './artefact.ts'
import { type BootFiles, findBootFiles, ofUnified } from './boot/boot-files.ts'
import { MemorySource, readWhole } from './byte-source.ts'
import type { FileTree } from './file-tree.ts'
import { hostSource } from './host-source.ts'
import { checkKernelArchitecture, type KernelFile, openKernel } from './kernel-file.ts'
import type { KernelFormat } from './kernel-format.ts'
import { MemoryTree } from './memory-tree.ts'
import { type NamedTree, pickRoot, treesOf, type Unread } from './nested.ts'
import { newContext, openPart } from './open-part.ts'
import { type Context, headBytes, type Part } from './part.ts'
import { isUki } from './uki.ts'

export type { NamedTree, Unread } from './nested.ts'

/** The kernel of an image, from its bytes. */
export interface ImageKernel {
  /** Where it is: the path of its file, or `vda partition 1:/boot/vmlinuz`. */
  readonly name: string
  readonly architecture: Architecture
  /** What `uname -r` will say, where the file tells. */
  readonly release: string | undefined
  readonly format: KernelFormat
  /** The text of the `.config` it was built with. */
  readonly config: string | undefined
  /** Where the configuration was found, or why there is none. */
  readonly configSource: string
  /** The configuration inside the kernel (CONFIG_IKCONFIG), or why there is none. */
  embeddedConfig: KernelFile['embeddedConfig']
}

/** The artefacts of one architecture of a target at rest. */
export interface Image {
  readonly kernel: ImageKernel
  /** The command line that the kernel is started with, where anything at rest says it. */
  readonly cmdline: { readonly text: string; readonly source: string } | undefined
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
 * Reads an image's kernel and the files of its initrd and disks; nothing is run or unpacked on to the host. An image that
 * firmware starts brings kernel and initrd on its disks.
 * @throws `NOT_A_KERNEL`, `NO_KERNEL`, `SEVERAL_KERNELS`, `WRONG_ARCHITECTURE`, `NOT_AN_INITRD`, `UNKNOWN_FORMAT`, `IMAGE_DAMAGED`,
 * `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage), `TOOL_MISSING` (testbed)
 */
export const openImage = async (spec: GuestSpec): Promise<Image> => {
  const { architecture, firmware } = spec
  const context = newContext(spec.kernel === undefined ? 'all' : 'file systems')
  const given = spec.kernel === undefined ? undefined : await openGiven(spec, spec.kernel, context)
  const disks: Part[] = []
  for (const [index, { path, medium }] of spec.disks.entries()) {
    const disk = await openPart(await hostSource(path), context)
    disks.push(renamePart(disk, path, diskName(index, medium)))
  }
  const name = spec.disks.map(({ path }) => path).join(', ')
  const files = given ?? (await findBootFiles(disks, { name, architecture, firmware }))
  const kernel = await imageKernel(spec, files.kernel)
  // Reports and inventories call it the same wherever it lies.
  const initrd = files.initrd && renamePart(files.initrd, files.initrd.name, 'initrd')
  const inInitrd = treesOf(initrd === undefined ? [] : [initrd])
  const onDisks = treesOf(disks)
  const [outer, ...nested] = inInitrd.trees
  const known = new Set(inInitrd.trees.map(({ tree }) => tree))
  const elsewhere = onDisks.trees.filter(({ tree }) => !known.has(tree))
  const unread = given === undefined ? onDisks.unread : [...inInitrd.unread, ...onDisks.unread]
  return {
    kernel,
    cmdline: files.cmdline,
    trees: [...inInitrd.trees, ...elsewhere],
    root: pickRoot(outer?.tree ?? new MemoryTree(), nested, elsewhere),
    unread,
  }
}

/** As the guest names its disks: vda, vdb..., and optical discs by their drive. */
const diskName = (index: number, medium: Medium = 'disk'): string =>
  medium === 'cdrom' ? 'disc' : `vd${String.fromCharCode('a'.charCodeAt(0) + index)}`

/** Kernel and initrd that QEMU loads: two files, or a unified kernel image that firmware runs. */
const openGiven = async (spec: GuestSpec, path: string, context: Context): Promise<BootFiles> => {
  const bytes = await readArtefact(path, 'a kernel')
  const source = new MemorySource(bytes, path)
  const initrd = spec.initrd === undefined ? undefined : await openInitrd(spec.initrd, context)
  const cmdline = { text: spec.cmdline, source: 'the command line of the target' }
  if (!isUki(bytes.subarray(0, headBytes))) {
    const kernel = {
      name: path,
      format: 'kernel',
      size: bytes.length,
      details: {},
      parts: [],
      content: source,
    }
    return { kernel, initrd, cmdline }
  }
  if (spec.firmware !== 'uefi') throw needsFirmware(path)
  const unified = ofUnified(await openPart(source, context))
  return {
    kernel: unified.kernel,
    initrd: initrd ?? (unified.initrd && renamePart(unified.initrd, unified.initrd.name, 'initrd')),
    cmdline: spec.cmdline === '' ? unified.cmdline : cmdline,
  }
}

const needsFirmware = (path: string): DrydockError =>
  new DrydockError(
    `${path}: expected a kernel that starts without firmware, found a unified kernel image, which is a UEFI program`,
    { code: 'FIRMWARE_NEEDED', blame: 'usage', hint: 'Start it with firmware: uefi.' },
  )

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

const imageKernel = async (spec: GuestSpec, { name, content }: Part): Promise<ImageKernel> => {
  if (content === undefined) throw new Error(`${name} was recognised as a kernel without its bytes`)
  const kernel = await openKernel(await readWhole(content), name)
  checkKernelArchitecture(kernel, spec.architecture, name)
  const { architecture, release, format, embeddedConfig } = kernel
  const known = { name, architecture, release, format, embeddedConfig }
  if (spec.kernelConfig !== undefined) {
    const config = await readArtefact(spec.kernelConfig, 'a kernel configuration')
    return { ...known, config: config.toString('utf8'), configSource: spec.kernelConfig }
  }
  const embedded = await embeddedConfig()
  return 'config' in embedded
    ? { ...known, config: embedded.config, configSource: `${name} (IKCONFIG)` }
    : { ...known, config: undefined, configSource: embedded.reason }
}
