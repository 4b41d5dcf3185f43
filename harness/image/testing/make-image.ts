import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import which from 'which'
import { type SampleEntry, sampleTar, sampleTree } from './sample-tree.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Debian keeps them where the PATH of a plain user does not lead. */
const path = `${process.env.PATH}:/usr/sbin:/sbin`

export const isInstalled = (program: string): boolean => which.sync(program, { nothrow: true, path }) !== null

/**
 * An image made by the host's own tools, as a user without rights may: fakeroot remembers owners and devices.
 * @param script shell commands; `$tree` is a folder with the tree, `$tar` the same as an archive, `$image` what to make
 */
export const makeImage = async (
  script: string,
  entries: readonly SampleEntry[] = sampleTree,
): Promise<Buffer> => {
  await using folder = await temporaryFolder()
  const tree = join(folder.path, 'tree')
  const image = join(folder.path, 'image')
  const archive = join(folder.path, 'tar')
  await mkdir(tree)
  await writeFile(archive, await sampleTar(entries))
  // Apart from the unpacking: fakeroot forgets the type of a file that gets attributes before anything else.
  const unpack = ['tar -C "$tree" -xpf "$tar"', ...sampleXattrs(entries)].join('\n')
  await execa('fakeroot', ['sh', '-euc', `${unpack}\n${script}`], {
    env: { PATH: path, tree, image, tar: archive, LC_ALL: 'C.UTF-8', MTOOLS_SKIP_CHECK: '1' },
    cwd: folder.path,
  })
  return await readFile(image)
}

const sampleXattrs = (entries: readonly SampleEntry[]): string[] =>
  entries.flatMap(({ path: file, xattrs }) =>
    Object.entries(xattrs ?? {}).map(
      ([name, value]) => `setfattr -n ${name} -v 0x${value.toString('hex')} "$tree${file}"`,
    ),
  )
