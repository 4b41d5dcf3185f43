import { addContents, type Sources } from './contents.ts'
import { type CpioEntry, cpio, directoryMode, fileMode } from './cpio.ts'
import type { Description } from './description.ts'
import { modulesOf } from './modules.ts'
import { RootTree } from './root-tree.ts'

/** The root file system's place in the initial ramfs. */
const rootImagePath = ({ kernel }: Description): string => `/root.${kernel.root}`

/** The entries of a tree without symbolic links. */
const entriesOf = (tree: RootTree): CpioEntry[] =>
  tree.nodes().flatMap(([path, node]): CpioEntry[] => {
    if (path === '/') return []
    if (node.kind === 'file') return [{ path, mode: 0o100000 | node.mode, content: node.content }]
    return node.kind === 'directory' ? [{ path, mode: directoryMode }] : []
  })

/** The initial ramfs: the program that enters the root, its loader, its modules, and the root itself. */
export const initrd = async (
  description: Description,
  sources: Sources,
  rootImage: Buffer,
): Promise<Buffer> => {
  const contents = new RootTree()
  await addContents(contents, sources, {
    binaries: [],
    programs: { 'enter-root': '/init' },
    applets: [],
    links: {},
    files: {},
  })
  const tree = new RootTree()
  for (const [path, node] of contents.nodes()) {
    // There is no /usr here: the loader goes where programs look for it.
    if (node.kind === 'file') tree.file(path.replace(/^\/usr\/lib/, '/lib'), node.content, node.mode)
  }
  for (const { name, content } of modulesOf(sources.packages, description.kernel.modules.initrd)) {
    tree.file(`/modules/${name}`, content)
  }
  return cpio([...entriesOf(tree), { path: rootImagePath(description), mode: fileMode, content: rootImage }])
}
