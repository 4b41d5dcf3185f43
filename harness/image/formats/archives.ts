import { MemoryTree } from '../memory-tree.ts'
import { isContainerImage, openContainerImages } from '../oci/container-image.ts'
import type { Format } from '../part.ts'
import { isTar, readTar } from '../tar.ts'

/** A root file system, LinuxKit's kernel and initrd together, or container images. */
export const tar: Format = {
  name: 'tar archive',
  recognises: isTar,
  open: async (source, context) => {
    const tree = new MemoryTree()
    await readTar(source, tree)
    if (await isContainerImage(tree)) {
      return {
        format: 'container image archive',
        parts: await openContainerImages({ name: source.name, tree }, context),
      }
    }
    return { tree, parts: await context.openInside(source.name, tree) }
  },
}
