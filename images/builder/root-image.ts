import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { DrydockError, messageOf } from '../../harness/common/errors.ts'
import type { RootTree } from './root-tree.ts'
import { inScratchFolder } from './scratch-folder.ts'

/** File systems that the root can be: EROFS is mounted from its file, squashfs from a loop device over it. */
export const rootFileSystems = ['erofs', 'squashfs'] as const
export type RootFileSystem = (typeof rootFileSystems)[number]

const runMaker = async (
  program: string,
  debianPackage: string,
  words: readonly string[],
  input: Buffer | undefined,
): Promise<void> => {
  await execa(program, words, input === undefined ? { stdin: 'ignore' } : { input }).catch(
    (cause: unknown) => {
      throw new DrydockError(`${program} could not write the root file system: ${messageOf(cause)}`, {
        code: 'ROOT_IMAGE_FAILED',
        blame: 'testbed',
        phase: 'prepare',
        hint: `${program} comes with the package ${debianPackage}.`,
        cause,
      })
    },
  )
}

// Where the CPU is emulated, lz4 starts containers 1.5 s faster than zstd and is written in a tenth of the time.
const squashfsOptions = [
  ...['--compressor', 'lz4', '--block-size', '131072', '--num-jobs', '2', '--no-skip', '--quiet'],
]

const makeSquashfs = async (tree: RootTree, path: string): Promise<void> =>
  await runMaker('tar2sqfs', 'squashfs-tools-ng', [...squashfsOptions, path], await tree.toTar())

/** One identifier for all: the same tree gives the same bytes. */
const erofsOptions = [
  '-zlz4hc',
  '-C65536',
  '-x-1',
  '-T0',
  '-U00000000-0000-0000-0000-000000000000',
  '--all-root',
]

const makeErofs = async (tree: RootTree, path: string, folder: string): Promise<void> => {
  for (const [name, node] of tree.nodes()) {
    const target = join(folder, name)
    // mkfs.erofs takes modes from the folder, whatever this process's umask is.
    if (node.kind === 'directory') {
      await mkdir(target, { recursive: true })
      await chmod(target, node.mode)
    } else if (node.kind === 'file') {
      await writeFile(target, node.content)
      await chmod(target, node.mode)
    } else await symlink(node.target, target)
  }
  await runMaker('mkfs.erofs', 'erofs-utils', [...erofsOptions, path, folder], undefined)
}

/** The tree as a file system that cannot be written; the same tree gives the same bytes. */
export const rootImageOf = async (tree: RootTree, fileSystem: RootFileSystem): Promise<Buffer> =>
  await inScratchFolder(async (scratch) => {
    const path = join(scratch, 'image')
    await (fileSystem === 'erofs' ? makeErofs(tree, path, join(scratch, 'tree')) : makeSquashfs(tree, path))
    return await readFile(path)
  })
