import { basename, join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { debianArchitectureOf } from '../../harness/common/debian-lock.ts'
import { type DebPackage, fetchPackages } from '../../harness/common/debian-packages.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { type PackageFiles, readPackages, resolveFile } from '../builder/package-files.ts'
import { fetchOptions, type SourceOptions } from '../builder/sources.ts'
import type { Loaders } from './format.ts'

export const loaderLockPath = join(import.meta.dirname, 'lock.json')

/** Debian's packages of boot loaders for images of an architecture. */
export const loaderPackages: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['grub-pc-bin', 'systemd-boot-efi'],
  arm64: ['systemd-boot-efi'],
}

const efiSuffix: Readonly<Record<Architecture, string>> = { x86_64: 'x64', arm64: 'aa64' }

export const fetchLoaders = async (
  architecture: Architecture,
  options: SourceOptions,
): Promise<readonly DebPackage[]> => {
  const wanted = { lockPath: loaderLockPath, names: loaderPackages[architecture] }
  const packages = { ...wanted, architecture: debianArchitectureOf(architecture), ...fetchOptions(options) }
  return [...(await fetchPackages(packages)).values()]
}

export const readLoaders = async (
  architecture: Architecture,
  packages: readonly DebPackage[],
): Promise<Loaders> => {
  const files = await readPackages(
    packages.map(({ path }) => path),
    (path) => path.startsWith('/usr/lib/'),
  )
  const suffix = efiSuffix[architecture]
  const grub = [...files].flatMap(([path, file]) =>
    path.startsWith('/usr/lib/grub/i386-pc/') && file.kind === 'file'
      ? [[basename(path), file.content] as const]
      : [],
  )
  return {
    systemdBoot: fileAt(files, `/usr/lib/systemd/boot/efi/systemd-boot${suffix}.efi`),
    stub: fileAt(files, `/usr/lib/systemd/boot/efi/linux${suffix}.efi.stub`),
    grub: new Map(grub),
  }
}

const fileAt = (files: PackageFiles, path: string): Buffer => {
  const found = resolveFile(files, path)
  if (found !== undefined) return found.content
  throw new DrydockError(`expected ${path} in the packages of boot loaders, it is in none`, {
    code: 'FILE_MISSING',
    blame: 'usage',
    phase: 'prepare',
  })
}
