import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { sha256 } from '../harness/common/digest.ts'

const shapesTheImage = (name: string): boolean =>
  /\.(ts|go|mod)$/.test(name) && !/(\.test\.ts|_test\.go)$/.test(name)

/** One hash over everything in images/ that shapes an image, so that a changed builder never takes old results. */
export const builderDigest = async (): Promise<string> => {
  const folder = import.meta.dirname
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && shapesTheImage(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(join(folder, 'seccomp.yml'))
    .sort()
  const lines = await Promise.all(
    paths.map(async (path) => `${relative(folder, path)} ${sha256(await readFile(path))}`),
  )
  return sha256(lines.join('\n'))
}
