import { messageOf } from '../common/errors.ts'
import { type ElfFile, readElf } from '../image/elf.ts'
import type { FileTree, TreeEntry } from '../image/file-tree.ts'
import type { Image } from '../image/image.ts'

/** An ELF file of the image, seen at rest. */
export interface Program {
  /** What reports and waivers call it: its path, with the tree's name in front where it is not in the running root. */
  readonly subject: string
  readonly entry: TreeEntry
  readonly elf: ElfFile
  /** The file system it is going to see: the tree and the folder in it that becomes `/`, without a slash at the end. */
  readonly tree: FileTree
  readonly root: string
}

export interface ElfInventory {
  readonly programs: readonly Program[]
  /** Files that start as ELF and are not: where and why. */
  readonly damaged: readonly { readonly subject: string; readonly reason: string }[]
  /** How many regular files were looked at. */
  readonly files: number
}

// A container's root file system inside the image: LinuxKit's bundles (`rootfs`, or `lower` under an overlay).
const bundle = /^(\/containers\/[^/]+\/[^/]+\/(?:rootfs|lower))\//

const rootOf = (path: string): string => bundle.exec(path)?.[1] ?? ''

const collect = async (image: Image): Promise<ElfInventory> => {
  const programs: Program[] = []
  const damaged: { subject: string; reason: string }[] = []
  let files = 0
  for (const { name, tree } of image.trees) {
    for (const entry of tree.entries()) {
      if (entry.type !== 'file') {
        continue
      }
      files += 1
      const subject = tree === image.root ? entry.path : `${name}:${entry.path}`
      try {
        const elf = readElf(await entry.read())
        if (elf !== undefined) {
          programs.push({ subject, entry, elf, tree, root: rootOf(entry.path) })
        }
      } catch (error) {
        damaged.push({ subject, reason: messageOf(error) })
      }
    }
  }
  return { programs, damaged, files }
}

const inventories = new WeakMap<Image, Promise<ElfInventory>>()

/** Every ELF file of every tree of the image. Read once per image. */
export const elfInventory = (image: Image): Promise<ElfInventory> => {
  const known = inventories.get(image)
  if (known !== undefined) {
    return known
  }
  const inventory = collect(image)
  inventories.set(image, inventory)
  return inventory
}

/** Whether a file can be started or loaded by user space, so that its hardening matters there. */
export const isUserSpace = ({ elf }: Program): boolean => elf.type !== 'relocatable' && elf.type !== 'core'

/** Looks `path` up as the program would: below the root it is going to see. */
export const resolveFor = ({ tree, root }: Program, path: string): TreeEntry | undefined =>
  tree.resolve(path, root === '' ? '/' : root)
