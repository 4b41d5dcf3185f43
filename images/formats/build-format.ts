import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { cachePath } from '../../harness/common/cache.ts'
import { cachedFolder } from '../../harness/common/cache-entry.ts'
import type { DebPackage } from '../../harness/common/debian-packages.ts'
import { sha256, sha256OfFile } from '../../harness/common/digest.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { filesBelow } from '../builder/builder-digest.ts'
import { type BuildOptions, buildArchitecture, targetName, type Variant } from '../builder/reference.ts'
import type { SourceOptions } from '../builder/sources.ts'
import { type GuestFiles, guestFiles, writeTarget } from '../builder/target-file.ts'
import type { Format, Ingredients } from './format.ts'
import { type FormatName, formats } from './formats.ts'
import { fetchLoaders, readLoaders } from './loaders.ts'

/** One architecture of the reference image in a format. */
export interface BuiltFormat {
  readonly folder: string
  /** The one file that is the image; undefined where it takes several. */
  readonly file: string | undefined
  readonly guest: GuestFiles
}

/** What formats are made of, built and fetched where the cache has it not. */
export const ingredientsFor = async (
  variant: Variant,
  architecture: Architecture,
  options: SourceOptions,
): Promise<Ingredients & { readonly kernelConfig: string; readonly packages: readonly DebPackage[] }> => {
  const base = guestFiles(await buildArchitecture(variant, architecture, options))
  const { kernel, initrd, cmdlineFile, kernelConfig } = base
  const packages = await fetchLoaders(architecture, options)
  return {
    ...{ architecture, kernel, initrd, kernelConfig, packages },
    cmdline: (await readFile(cmdlineFile, 'utf8')).trim(),
    loaders: await readLoaders(architecture, packages),
  }
}

/** Builds one architecture where the cache has it not. @throws `FORMAT_NOT_THERE` (usage) where the architecture has none */
export const buildFormatFor = async (
  name: FormatName,
  variant: Variant,
  architecture: Architecture,
  options: SourceOptions,
): Promise<BuiltFormat> => {
  const format: Format = formats[name]
  if (!format.architectures.includes(architecture)) {
    throw new DrydockError(
      `expected an architecture that the format ${name} exists on, found ${architecture}`,
      {
        code: 'FORMAT_NOT_THERE',
        blame: 'usage',
        hint: `It exists on ${format.architectures.join(' and ')}.`,
      },
    )
  }
  const { kernelConfig, packages, ...ingredients } = await ingredientsFor(variant, architecture, options)
  const key = sha256(
    JSON.stringify([
      ...[
        name,
        ingredients.cmdline,
        await sha256OfFile(ingredients.kernel),
        await sha256OfFile(ingredients.initrd),
      ],
      packages.map((one) => one.sha256),
      await ownDigest(),
    ]),
  )
  const folder = await cachedFolder(
    cachePath('images', `${variant}-${name}-${architecture}-${key.slice(0, 16)}`),
    async (draft) => {
      options.progress?.({
        architecture,
        step: 'build reference image',
        detail: `${name}, ${variant} variant`,
      })
      await format.build(ingredients, draft)
    },
  )
  return {
    folder,
    file: format.file === undefined ? undefined : join(folder, format.file),
    guest: { ...format.guest(ingredients, folder), kernelConfig },
  }
}

/** One hash over what writes formats, so that a changed builder never takes old results. */
const ownDigest = async (): Promise<string> => {
  const paths = (await filesBelow(import.meta.dirname)).sort()
  return sha256((await Promise.all(paths.map(async (path) => sha256(await readFile(path))))).join('\n'))
}

/** Builds the reference image in a format; gives the path of its target file. */
export const buildFormat = async (name: FormatName, options: BuildOptions): Promise<string> => {
  const format: Format = formats[name]
  const guests: Partial<Record<Architecture, GuestFiles>> = {}
  for (const architecture of options.architectures.filter((one) => format.architectures.includes(one))) {
    guests[architecture] = (await buildFormatFor(name, options.variant, architecture, options)).guest
  }
  if (Object.keys(guests).length === 0)
    await buildFormatFor(name, options.variant, options.architectures[0] ?? 'x86_64', options)
  const image = `reference-${options.variant}-${name.replace('+', '-')}`
  return await writeTarget(targetName(image, options), options.variant, guests, options.kernel)
}
