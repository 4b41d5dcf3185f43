import { execa } from 'execa'
import { DrydockError, messageOf } from '../harness/common/errors.ts'
import type { RootTree } from './root-tree.ts'

const options = [
  '--compressor',
  'zstd',
  '--comp-extra',
  'level=6',
  '--block-size',
  '131072',
  '--num-jobs',
  '2',
]

/** Writes the tree as a squashfs file. */
export const writeSquashfs = async (tree: RootTree, path: string): Promise<void> => {
  const input = await tree.toTar()
  await execa('tar2sqfs', [...options, '--no-skip', '--quiet', '--force', path], { input }).catch(
    (cause: unknown) => {
      throw new DrydockError(`tar2sqfs could not write ${path}: ${messageOf(cause)}`, {
        code: 'SQUASHFS_FAILED',
        blame: 'testbed',
        phase: 'prepare',
        hint: 'tar2sqfs comes with the package squashfs-tools-ng.',
        cause,
      })
    },
  )
}
