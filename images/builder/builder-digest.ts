import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { sha256 } from '../../harness/common/digest.ts'

const images = join(import.meta.dirname, '..')

/** The files of a folder that are no tests. */
export const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/(\.test\.ts|_test\.go)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))

/**
 * One hash over everything that shapes an image beside its packages and its description, so that a changed builder
 * never takes old results.
 */
export const builderDigest = async (): Promise<string> => {
  const paths = [
    ...(await filesBelow(import.meta.dirname)),
    ...(await filesBelow(join(images, 'programs'))),
    join(images, 'seccomp.yml'),
  ].sort()
  const lines = await Promise.all(
    paths.map(async (path) => `${relative(images, path)} ${sha256(await readFile(path))}`),
  )
  return sha256(lines.join('\n'))
}
