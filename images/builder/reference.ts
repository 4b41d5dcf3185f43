import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { cachePath } from '../../harness/common/cache.ts'
import { cachedFolder } from '../../harness/common/cache-entry.ts'
import { limitCache } from '../../harness/common/cache-limit.ts'
import { sha256 } from '../../harness/common/digest.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { goToolchain } from '../../harness/common/go-toolchain.ts'
import { builderDigest } from './builder-digest.ts'
import { otherKernel } from './debian-kernels.ts'
import { type Description, readDescription } from './description.ts'
import { hostRoot } from './host-root.ts'
import { initrd } from './initrd.ts'
import { type PackageFiles, resolveFile } from './package-files.ts'
import { rootImageOf } from './root-image.ts'
import { fetchOptions, fetchSources, packageFiles, type SourceOptions } from './sources.ts'
import { type GuestFiles, guestFiles, writeTarget } from './target-file.ts'

export const variants = ['release', 'debug'] as const
export type Variant = (typeof variants)[number]

export interface BuildOptions extends SourceOptions {
  readonly variant: Variant
  readonly architectures: readonly Architecture[]
}

/** The reference image's description, with what another kernel than its own changes in it. */
export const descriptionFor = async ({ kernel }: SourceOptions): Promise<Description> => {
  const description = await readDescription()
  return otherKernel(kernel)?.adapt(description) ?? description
}

/** The description of a variant on an architecture. */
export const variantOf = (
  description: Description,
  variant: Variant,
  architecture: Architecture,
): Description => {
  if (variant === 'release') return description
  const console = description.kernel.console[architecture]
  const services = description.debugServices.map((service) => ({
    ...service,
    command: service.command.map((word) => (word === 'CONSOLE' ? console : word)) as typeof service.command,
  }))
  return { ...description, services: [...description.services, ...services] }
}

export const cmdlineOf = ({ kernel }: Description, architecture: Architecture): string =>
  [
    `console=${kernel.console[architecture]}`,
    ...kernel.cmdline,
    ...(kernel.cmdlineFor[architecture] ?? []),
  ].join(' ')

/** Debian's kernels before 7.2 are in /boot, newer ones beside their modules. */
const kernelFile = (packages: PackageFiles, name: 'vmlinuz' | 'config'): Buffer => {
  const places = [`/boot/${name}-`, `/usr/lib/modules/[^/]+/${name}$`]
  const place = new RegExp(`^(?:${places.join('|')})`)
  const path = [...packages.keys()].find((candidate) => place.test(candidate))
  const found = path === undefined ? undefined : resolveFile(packages, path)
  if (found !== undefined) return found.content
  throw new DrydockError(`expected ${name} in the kernel's packages, they have none`, {
    code: 'FILE_MISSING',
    blame: 'usage',
    phase: 'prepare',
  })
}

/** Makes one architecture's files in the folder: kernel, initrd.img, cmdline, config. */
export const fillArchitecture = async (
  folder: string,
  description: Description,
  architecture: Architecture,
  packages: PackageFiles,
): Promise<void> => {
  const sources = { architecture, packages }
  const root = await rootImageOf(await hostRoot(description, sources), description.kernel.root)
  await writeFile(join(folder, 'initrd.img'), await initrd(description, sources, root))
  await writeFile(join(folder, 'kernel'), kernelFile(packages, 'vmlinuz'))
  await writeFile(join(folder, 'config'), kernelFile(packages, 'config'))
  await writeFile(join(folder, 'cmdline'), `${cmdlineOf(description, architecture)}\n`)
}

const buildInCache = async (
  variant: Variant,
  architecture: Architecture,
  options: SourceOptions,
): Promise<string> => {
  const description = variantOf(await descriptionFor(options), variant, architecture)
  const debs = await fetchSources(description, architecture, options)
  const toolchain = await goToolchain(fetchOptions(options))
  const key = sha256(
    JSON.stringify([
      architecture,
      description,
      debs.map((deb) => deb.sha256),
      toolchain.identity,
      await builderDigest(),
    ]),
  )
  return await cachedFolder(
    cachePath('images', `${variant}-${architecture}-${key.slice(0, 16)}`),
    async (folder) => {
      options.progress?.({ architecture, step: 'build reference image', detail: `${variant} variant` })
      await fillArchitecture(folder, description, architecture, await packageFiles(description, debs))
    },
  )
}

/** Room for the reference image, its twins, and those of an earlier state of the checkout. */
const cacheLimit = 10 * 2 ** 30

const built = new Map<string, Promise<string>>()

/** Builds one architecture where the cache has it not; gives its folder. It is verified once per process. */
export const buildArchitecture = async (
  variant: Variant,
  architecture: Architecture,
  options: SourceOptions,
): Promise<string> => {
  const key = `${variant} ${architecture} ${options.kernel ?? ''}`
  const folder = built.get(key) ?? buildInCache(variant, architecture, options)
  built.set(key, folder)
  return await folder
}

/** An image with another kernel than its own says so in its name. */
export const targetName = (image: string, { kernel }: SourceOptions): string => {
  const other = otherKernel(kernel)
  return other === undefined ? image : `${image}-${other.name.replace(':', '-')}`
}

/** Builds the reference image; gives the path of its target file. */
export const buildReference = async (options: BuildOptions): Promise<string> => {
  const guests: Partial<Record<Architecture, GuestFiles>> = {}
  for (const architecture of options.architectures) {
    guests[architecture] = guestFiles(await buildArchitecture(options.variant, architecture, options))
  }
  await limitCache(cachePath('images'), cacheLimit)
  return await writeTarget(
    targetName(`reference-${options.variant}`, options),
    options.variant,
    guests,
    options.kernel,
  )
}
