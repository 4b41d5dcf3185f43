import { posix } from 'node:path'
import { DrydockError } from '../../harness/common/errors.ts'
import { type PackageFiles, resolveFile } from './package-files.ts'

/** Kernel modules under names that sort in load order; signed and compressed, as the package has them. */
export const modulesOf = (
  packages: PackageFiles,
  names: readonly string[],
): { readonly name: string; readonly content: Buffer }[] =>
  names.map((name, index) => {
    const file = `${name}.ko.xz`
    const path = [...packages.keys()].find((candidate) => posix.basename(candidate) === file)
    const found = path === undefined ? undefined : resolveFile(packages, path)
    if (found === undefined) {
      throw new DrydockError(`expected module ${file} in the kernel's package, it has none`, {
        code: 'MODULE_MISSING',
        blame: 'usage',
        phase: 'prepare',
        hint: 'It may be built into this kernel: then take it out of images/reference.yml.',
      })
    }
    return { name: `${String(index).padStart(2, '0')}-${file}`, content: found.content }
  })
