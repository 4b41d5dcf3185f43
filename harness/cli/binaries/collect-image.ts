import { inventoryOfTrees } from '../../facts/elf-inventory.ts'
import { privilegesOf } from '../../facts/file-capabilities.ts'
import { readArtefact } from '../../image/artefact.ts'
import { readInitrd } from '../../image/initrd.ts'
import { openNested, pickRoot } from '../../image/nested.ts'
import { isSquashfs, readSquashfs } from '../../image/squashfs.ts'
import type { Collected } from './collected.ts'

/** Reads every file of an image. @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` (usage), `TOOL_MISSING` (testbed) */
export const collectImage = async (path: string): Promise<Collected> => {
  const bytes = await readArtefact(path, 'an ELF file, a script, a folder or an image')
  const tree = isSquashfs(bytes) ? await readSquashfs(bytes, path) : await readInitrd(bytes, path)
  const { trees, unread } = await openNested({ name: path, tree })
  const root = pickRoot(tree, trees)
  const all = [{ name: path, tree }, ...trees]
  const inventory = await inventoryOfTrees(
    all.map((named) => ({ prefix: named.tree === root ? '' : `${named.name}:`, tree: named.tree })),
  )
  return {
    prefix: `${path}:`,
    inventory,
    kind: 'image',
    unread,
    privilegesOf: ({ entry }) => privilegesOf(entry),
  }
}
