import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { cachePath } from '../../harness/common/cache.ts'
import { cachedFolder } from '../../harness/common/cache-entry.ts'
import { sha256 } from '../../harness/common/digest.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { cpio } from '../builder/cpio.ts'
import { hostRoot } from '../builder/host-root.ts'
import { initrd } from '../builder/initrd.ts'
import { buildArchitecture, descriptionFor, targetName } from '../builder/reference.ts'
import { rootImageOf } from '../builder/root-image.ts'
import { fetchSources, packageFiles, type SourceOptions } from '../builder/sources.ts'
import { type GuestFiles, guestFiles, writeTarget } from '../builder/target-file.ts'
import type { Twin } from './twin.ts'
import { twins } from './twins.ts'

export interface TwinOptions extends SourceOptions {
  readonly architectures: readonly Architecture[]
}

/** Changes when the code that makes twins does. */
const twinsDigest = async (): Promise<string> => {
  const names = (await readdir(import.meta.dirname)).filter((name) => !name.endsWith('.test.ts')).sort()
  const contents = await Promise.all(names.map((name) => readFile(join(import.meta.dirname, name))))
  return sha256(contents.map(sha256).join(' '))
}

/** The twin's initrd; undefined where it is the reference's. */
const initrdOf = async (
  twin: Twin,
  architecture: Architecture,
  referenceInitrd: string,
  options: SourceOptions,
): Promise<Buffer | undefined> => {
  if (twin.overlay !== undefined) {
    // The kernel unpacks archives one after another: what comes later replaces what came before.
    return Buffer.concat([await readFile(referenceInitrd), cpio(await twin.overlay(architecture))])
  }
  if (twin.describe === undefined && twin.alterRoot === undefined) return undefined
  const reference = await descriptionFor(options)
  const description = twin.describe?.(reference, architecture) ?? reference
  const debs = await fetchSources(reference, architecture, options)
  const sources = { architecture, packages: await packageFiles(description, debs) }
  const tree = await hostRoot(description, sources)
  await twin.alterRoot?.(tree, architecture)
  return await initrd(description, sources, await rootImageOf(tree, description.kernel.root))
}

const diskFilesIn = (folder: string, names: readonly string[]): Pick<GuestFiles, 'disks'> => {
  const disks = names.filter((name) => /^disk\d+\.img$/.test(name)).sort()
  return disks.length === 0 ? {} : { disks: disks.map((name) => ({ path: join(folder, name) })) }
}

const buildFor = async (
  name: string,
  twin: Twin,
  architecture: Architecture,
  options: SourceOptions,
): Promise<GuestFiles> => {
  const reference = await buildArchitecture('release', architecture, options)
  const key = sha256(JSON.stringify([basename(reference), name, await twinsDigest()])).slice(0, 16)
  const folder = await cachedFolder(
    cachePath('images', `twin-${name}-${architecture}-${key}`),
    async (draft) => {
      options.progress?.({ architecture, step: 'build twin', detail: `${name}: ${twin.flaw}` })
      const words = (await readFile(join(reference, 'cmdline'), 'utf8')).trim().split(' ')
      await writeFile(join(draft, 'cmdline'), `${(twin.cmdline?.(words, architecture) ?? words).join(' ')}\n`)
      if (twin.kernelConfig !== undefined) {
        const config = await readFile(join(reference, 'config'), 'utf8')
        await writeFile(join(draft, 'config'), twin.kernelConfig(config, architecture))
      }
      if (twin.alterKernel !== undefined) {
        const kernel = await readFile(join(reference, 'kernel'))
        twin.alterKernel(kernel, architecture)
        await writeFile(join(draft, 'kernel'), kernel)
      }
      for (const [index, disk] of ((await twin.disks?.()) ?? []).entries())
        await writeFile(join(draft, `disk${index}.img`), disk)
      const bytes = await initrdOf(twin, architecture, join(reference, 'initrd.img'), options)
      if (bytes !== undefined) await writeFile(join(draft, 'initrd.img'), bytes)
    },
  )
  const altered = await readdir(folder)
  return {
    ...guestFiles(reference),
    cmdlineFile: join(folder, 'cmdline'),
    ...diskFilesIn(folder, altered),
    ...(altered.includes('kernel') ? { kernel: join(folder, 'kernel') } : {}),
    ...(altered.includes('initrd.img') ? { initrd: join(folder, 'initrd.img') } : {}),
    ...(altered.includes('config') ? { kernelConfig: join(folder, 'config') } : {}),
    ...twin.machine?.[architecture],
  }
}

/** Builds a twin of the release variant where the cache has it not; gives the path of its target file. */
export const buildTwin = async (name: string, options: TwinOptions): Promise<string> => {
  const twin = twins[name]
  if (twin === undefined) {
    throw new DrydockError(`no twin is called ${name}`, {
      code: 'TWIN_UNKNOWN',
      blame: 'usage',
      phase: 'prepare',
      hint: `Known: ${Object.keys(twins).join(', ')}.`,
    })
  }
  const guests: Partial<Record<Architecture, GuestFiles>> = {}
  const possible = twin.architectures ?? options.architectures
  for (const architecture of options.architectures.filter((wanted) => possible.includes(wanted))) {
    guests[architecture] = await buildFor(name, twin, architecture, options)
  }
  return await writeTarget(targetName(`twin-${name}`, options), 'release', guests, options.kernel)
}
