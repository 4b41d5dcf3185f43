import { DrydockError } from '../../harness/common/errors.ts'
import type { TreeEntry } from '../../harness/image/file-tree.ts'
import { openArtefact } from '../../harness/image/open-artefact.ts'
import { partsOf } from '../../harness/image/part.ts'
import { cpio } from '../builder/cpio.ts'

/** The root file system in the initial ramfs. */
const rootImage = /^\/root\.[a-z]+$/
/** Modules of the running system have names that sort in load order. */
const module = /\/(\d+-[\w-]+\.ko(?:\.xz)?)$/
const diskModule = /\/\d+-virtio_blk\.ko(?:\.xz)?$/

/**
 * Takes the reference image's initrd apart: the root file system, to lie on a disk, and an initrd that has everything
 * but that, with the modules for the disk. Debian's kernels have neither the file systems nor disks built in,
 * so that a kernel and its root alone, as LinuxKit has it, would not start.
 */
export const splitRoot = async (initrd: string): Promise<{ outer: Buffer; root: Buffer }> => {
  const part = await openArtefact(initrd)
  const image = [...(part.tree?.entries() ?? [])].find(({ path }) => rootImage.test(path))
  const root = await image?.read()
  const inside = part.parts
    .flatMap((inner) => [...partsOf(inner)])
    .flatMap(({ tree }) => [...(tree?.entries() ?? [])])
  const modules = inside
    .filter(({ path }) => module.test(path))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
  // Those that it stands on are loaded before it.
  const last = modules.findIndex(({ path }) => diskModule.test(path))
  if (part.tree === undefined || image === undefined || root === undefined || last === -1) {
    throw new DrydockError(
      `${initrd}: expected /root.erofs or /root.squashfs with the module virtio_blk, found none`,
      {
        code: 'FILE_MISSING',
        blame: 'testbed',
        phase: 'prepare',
      },
    )
  }
  const kept: TreeEntry[] = [...part.tree.entries()].filter(({ path }) => path !== '/' && path !== image.path)
  const entries = []
  for (const entry of kept.filter(({ type }) => type === 'file' || type === 'directory')) {
    const isFile = entry.type === 'file'
    const mode = (isFile ? 0o100000 : 0o040000) | (entry.mode & 0o7777)
    entries.push({ path: entry.path, mode, ...(isFile ? { content: await entry.read() } : {}) })
  }
  for (const { path, content, size } of modules.slice(0, last + 1)) {
    const name = module.exec(path)?.[1] ?? ''
    // Behind the modules that are in the initrd already.
    entries.push({ path: `/modules/9${name}`, mode: 0o100644, content: await content.read(0, size) })
  }
  return { outer: cpio(entries), root }
}
