import { realpath } from 'node:fs/promises'
import { HostFolder } from './host-folder.ts'
import { hostSource, kindOfPath } from './host-source.ts'
import { isContainerImage, openContainerImages } from './oci/container-image.ts'
import { newContext, openPart } from './open-part.ts'
import type { Part } from './part.ts'

export { type Part, partsOf } from './part.ts'

/**
 * Opens what is at a path of the host, told by its bytes alone, with all that is inside: a kernel, an initrd, a disk,
 * a file system, a unified kernel image, a tar archive, a container image, or a folder with any of them. Nothing is
 * run, and nothing is unpacked on to the host.
 * @throws `NO_SUCH_FILE`, `UNKNOWN_FORMAT`, `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (usage),
 * `TOOL_MISSING` (testbed)
 */
export const openArtefact = async (path: string): Promise<Part> => {
  if ((await kindOfPath(path)) === 'file') return await openPart(await hostSource(path), newContext('all'))
  const tree = new HostFolder(await realpath(path))
  const context = newContext('all')
  const start = { name: path, size: 0, details: {} }
  return (await isContainerImage(tree))
    ? {
        ...start,
        format: 'OCI image layout',
        parts: await openContainerImages({ name: path, tree }, context),
      }
    : { ...start, format: 'folder', tree, parts: await context.openInside(path, tree) }
}
