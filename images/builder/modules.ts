import { posix } from 'node:path'
import { DrydockError } from '../../harness/common/errors.ts'
import { type PackageFiles, resolveFile } from './package-files.ts'

const isModule = (path: string, name: string): boolean =>
  ['.ko', '.ko.xz'].some((ending) => posix.basename(path) === name + ending)

/** Kernel modules under names that sort in load order; signed, and compressed where the package has them so. */
export const modulesOf = (
  packages: PackageFiles,
  names: readonly string[],
): { readonly name: string; readonly content: Buffer }[] =>
  names.map((name, index) => {
    const path = [...packages.keys()].find((candidate) => isModule(candidate, name))
    const found = path === undefined ? undefined : resolveFile(packages, path)
    if (found === undefined) {
      throw new DrydockError(`expected module ${name} in the kernel's package, it has none`, {
        code: 'MODULE_MISSING',
        blame: 'usage',
        phase: 'prepare',
        hint: 'It may be built into this kernel: then take it out of images/reference.yml.',
      })
    }
    const file = posix.basename(found.path)
    return { name: `${String(index).padStart(2, '0')}-${file}`, content: found.content }
  })
