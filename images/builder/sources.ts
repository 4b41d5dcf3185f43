import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { debianArchitectureOf } from '../../harness/common/debian-lock.ts'
import { type DebPackage, type FetchOptions, fetchPackages } from '../../harness/common/debian-packages.ts'
import type { ProgressListener } from '../../harness/common/progress.ts'
import { type KernelName, otherKernel } from './debian-kernels.ts'
import type { Description } from './description.ts'
import { type PackageFiles, readPackages } from './package-files.ts'

export const lockPath = join(import.meta.dirname, '..', 'lock.json')

/** All packages of an architecture: those of the description, and its kernel. */
export const packageNames = (description: Description, architecture: Architecture): string[] => [
  ...description.packages,
  description.kernel.package[architecture],
]

export interface SourceOptions {
  readonly frozen?: boolean | undefined
  readonly progress?: ProgressListener | undefined
  /** @default that of images/lock.json */
  readonly kernel?: KernelName | undefined
}

/** The same without undefined values. */
export const fetchOptions = ({
  frozen,
  progress,
}: SourceOptions): Pick<FetchOptions, 'frozen' | 'progress'> => ({
  frozen: frozen ?? false,
  ...(progress === undefined ? {} : { progress }),
})

/** The image's packages, downloaded where the cache lacks them. */
export const fetchSources = async (
  description: Description,
  architecture: Architecture,
  options: SourceOptions,
): Promise<DebPackage[]> => {
  const kernel = otherKernel(options.kernel)
  const fetch = async (path: string, names: readonly string[]): Promise<DebPackage[]> => {
    const wanted = { lockPath: path, names, architecture: debianArchitectureOf(architecture) }
    return [...(await fetchPackages({ ...wanted, ...fetchOptions(options) })).values()]
  }
  if (kernel === undefined) return await fetch(lockPath, packageNames(description, architecture))
  return [
    ...(await fetch(lockPath, description.packages)),
    ...(await fetch(kernel.lockPath, kernel.packageNames(architecture))),
  ]
}

/** Programs, libraries, the kernel, its configuration, and the modules that are asked for. */
const wanted =
  (description: Description) =>
  (path: string): boolean => {
    if (path.startsWith('/usr/share/') || path.includes('/dtb/')) return false
    const module = /\/([^/]+)\.ko(?:\.xz)?$/.exec(path)?.[1]
    if (module === undefined) return true
    return [...description.kernel.modules.initrd, ...description.kernel.modules.root].includes(module)
  }

const read = new Map<string, Promise<PackageFiles>>()

/** The packages' files, read once per process. */
export const packageFiles = async (
  description: Description,
  packages: readonly DebPackage[],
): Promise<PackageFiles> => {
  const key = JSON.stringify([packages.map(({ sha256 }) => sha256), description.kernel.modules])
  const known =
    read.get(key) ??
    readPackages(
      packages.map(({ path }) => path),
      wanted(description),
    )
  read.set(key, known)
  return await known
}
