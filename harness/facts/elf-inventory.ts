import { messageOf } from '../common/errors.ts'
import { readStart } from '../image/byte-source.ts'
import { bufferSource } from '../image/elf/bytes.ts'
import { isElf } from '../image/elf/header.ts'
import { type ElfFile, type ElfSource, type ElfType, readElfFrom } from '../image/elf.ts'
import type { FileTree, TreeEntry } from '../image/file-tree.ts'
import type { Image } from '../image/image.ts'
import { type Interpreter, readInterpreter, scriptHeadBytes } from './script.ts'

/** A file, and the file system that it is going to see. */
export interface Place {
  /** What reports and waivers call it: its path, with the tree's name in front where it is not in the running root. */
  readonly subject: string
  readonly entry: TreeEntry
  readonly tree: FileTree
  /** The folder of the tree that becomes `/`, without a slash at the end; undefined for a loose file. */
  readonly root: string | undefined
}

/** An ELF file of the image, seen at rest. */
export interface Program extends Place {
  readonly elf: ElfFile
}

/** A file that may be run and that the kernel hands to an interpreter. */
export interface Script extends Place {
  readonly interpreter: Interpreter
}

/** A file that could not be read, or that starts as ELF and is not: where and why. */
export interface DamagedFile {
  readonly subject: string
  readonly reason: string
}

export interface ElfInventory {
  readonly programs: readonly Program[]
  readonly scripts: readonly Script[]
  readonly damaged: readonly DamagedFile[]
  /** How many regular files were looked at. */
  readonly files: number
}

/** Takes files one by one and sorts them. */
export class InventoryBuilder {
  readonly programs: Program[] = []
  readonly scripts: Script[] = []
  readonly damaged: DamagedFile[] = []
  files = 0

  /** Whether it was a program, a script, or a damaged one. */
  add(place: Place, source: ElfSource): boolean {
    try {
      const elf = readElfFrom(source)
      if (elf !== undefined) return this.programs.push({ ...place, elf }) > 0
    } catch (error) {
      return this.damaged.push({ subject: place.subject, reason: messageOf(error) }) > 0
    }
    const interpreter = readInterpreter(source.read(0, scriptHeadBytes))
    if (interpreter === undefined || (place.entry.mode & 0o111) === 0) return false
    return this.scripts.push({ ...place, interpreter }) > 0
  }
}

// A container's root file system inside the image: LinuxKit's bundles (`rootfs`, or `lower` under an overlay).
const bundle = /^(\/containers\/[^/]+\/[^/]+\/(?:rootfs|lower))\//

/** The folder that is `/` for the program at this path of a whole image. */
export const rootOf = (path: string): string => bundle.exec(path)?.[1] ?? ''

/** A tree and what goes before the paths in it to make subjects. */
export interface PrefixedTree {
  readonly prefix: string
  readonly tree: FileTree
}

/** Every ELF file and script of some trees, each the whole of what its programs see. */
export const inventoryOfTrees = async (trees: readonly PrefixedTree[]): Promise<ElfInventory> => {
  const builder = new InventoryBuilder()
  for (const { prefix, tree } of trees) {
    for (const entry of tree.entries()) {
      if (entry.type !== 'file') continue
      builder.files += 1
      const subject = `${prefix}${entry.path}`
      try {
        const source = bufferSource(await readNeeded(entry))
        builder.add({ subject, entry, tree, root: rootOf(entry.path) }, source)
      } catch (error) {
        builder.damaged.push({ subject, reason: messageOf(error) })
      }
    }
  }
  return builder
}

/** All of an ELF file; of others only what tells that they are none. */
const readNeeded = async (entry: TreeEntry): Promise<Buffer> => {
  const start = await readStart(entry.content, scriptHeadBytes)
  return isElf(start) ? await entry.read() : start
}

const inventories = new WeakMap<Image, Promise<ElfInventory>>()

/** Every ELF file of every tree of the image. Read once per image. */
export const elfInventory = (image: Image): Promise<ElfInventory> => {
  const known = inventories.get(image)
  if (known !== undefined) return known
  const inventory = inventoryOfTrees(
    image.trees.map(({ name, tree }) => ({ prefix: tree === image.root ? '' : `${name}:`, tree })),
  )
  inventories.set(image, inventory)
  return inventory
}

const userSpace: ReadonlySet<ElfType> = new Set([
  'pie',
  'static-pie',
  'executable',
  'shared-library',
  'other',
])

/** Whether a file can be started or loaded by user space, so that its hardening matters there. */
export const isUserSpace = ({ elf }: Program): boolean => userSpace.has(elf.type)

/** Looks `path` up as the program would: below the root it is going to see. */
export const resolveFor = ({ tree, root }: Place, path: string): TreeEntry | undefined =>
  root === undefined ? undefined : tree.resolve(path, root === '' ? '/' : root)
