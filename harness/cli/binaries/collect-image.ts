import { DrydockError } from '../../common/errors.ts'
import { inventoryOfTrees } from '../../facts/elf-inventory.ts'
import { privilegesOf } from '../../facts/file-capabilities.ts'
import { pickRoot, treesOf } from '../../image/nested.ts'
import { openArtefact } from '../../image/open-artefact.ts'
import type { Collected } from './collected.ts'

/**
 * Reads every file of an image. Its files are called as `drydock check` calls them, so that one policy's waivers serve
 * both: by their path in what becomes the running root, else with the part in front.
 * @throws `UNKNOWN_FORMAT`, `NO_FILES`, `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage),
 * `TOOL_MISSING` (testbed)
 */
export const collectImage = async (path: string): Promise<Collected> => {
  const artefact = await openArtefact(path)
  const { trees, unread } = treesOf([artefact])
  const [outer, ...nested] = trees
  if (outer === undefined && unread.length === 0) throw noFiles(path, artefact.format)
  const root = outer === undefined ? undefined : pickRoot(outer.tree, nested)
  const role = /disk/.test(artefact.format) ? 'vda' : 'initrd'
  const inventory = await inventoryOfTrees(
    trees.map(({ name, tree }) => ({
      prefix: tree === root ? '' : `${role}${name.slice(path.length)}:`,
      tree,
    })),
  )
  return {
    pathOf: (subject) => (subject.startsWith('/') ? `${path}:${subject}` : path + subject.slice(role.length)),
    inventory,
    kind: 'image',
    unread,
    privilegesOf: ({ entry }) => privilegesOf(entry),
  }
}

const noFiles = (path: string, format: string): DrydockError =>
  new DrydockError(`${path}: expected an ELF file, a script, or an image with files, found: ${format}`, {
    code: 'NO_FILES',
    blame: 'usage',
  })
