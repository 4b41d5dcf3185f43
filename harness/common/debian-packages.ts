import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from './cache.ts'
import { type ArchivePackage, type DebianArchive, openArchive } from './debian-archive.ts'
import { type DebianArchitecture, type DebianLock, type LockedPackage, readLock } from './debian-lock.ts'
import { sha256OfFile } from './digest.ts'
import { DrydockError } from './errors.ts'
import { withLock } from './lock.ts'
import type { ProgressListener } from './progress.ts'

/** A verified .deb file in the cache. */
export interface DebPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
  readonly path: string
}

export interface FetchOptions {
  readonly lockPath: string
  readonly architecture: DebianArchitecture
  /** Names as the lock file has them; meta packages of the kernel stand for the kernel they depend on. */
  readonly names: readonly string[]
  /** A locked version that has left the archive is an error, not a reason to take the newest. @default false */
  readonly frozen?: boolean
  readonly progress?: ProgressListener
  /** How the archive is reached. @default openArchive */
  readonly open?: typeof openArchive
}

const debPath = (hash: string): string => cachePath('packages', `${hash}.deb`)

const isCached = async (hash: string): Promise<boolean> =>
  (await sha256OfFile(debPath(hash)).catch(() => undefined)) === hash

/** What a kernel comes in: `linux-image` alone, or from 7.2 on a package for each kind of file. */
const kernelPart = /^linux-(image|base|binary|modules)-(?!\d)(.+)$/

/**
 * The newest version that the archive offers of a package, or of the kernel that a name without a version stands for:
 * `linux-modules-cloud-amd64` is that part of the kernel which the meta package `linux-image-cloud-amd64` depends on.
 */
export const newestOf = async (
  archive: DebianArchive,
  suite: string,
  name: string,
): Promise<ArchivePackage> => {
  const [, part, flavour] = kernelPart.exec(name) ?? []
  const [newest] = await archive.find([part === undefined ? name : `linux-image-${flavour}`])
  if (newest === undefined) {
    throw new DrydockError(`expected package ${name} in Debian ${suite}, the archive's index has none`, {
      code: 'PACKAGE_MISSING',
      blame: 'usage',
      phase: 'prepare',
      hint: 'Check its name and the suite in the lock file.',
    })
  }
  if (part === undefined) return newest
  const image = newest.depends.find((dependency) => /^linux-image-\d/.test(dependency))
  return image === undefined
    ? newest
    : await newestOf(archive, suite, image.replace(/^linux-image/, `linux-${part}`))
}

const driftMessage = (lock: DebianLock, locked: LockedPackage, newest: ArchivePackage): string =>
  `${locked.package} ${locked.version} is locked but has left Debian ${lock.suite}; taking ${newest.name} ${newest.version}`

const inArchive = async (
  archive: DebianArchive,
  lock: DebianLock,
  name: string,
  options: FetchOptions,
): Promise<ArchivePackage> => {
  const locked = lock.packages[options.architecture]?.[name]
  if (locked === undefined) {
    throw new DrydockError(`${options.lockPath}: expected ${name} for ${options.architecture}, not locked`, {
      code: 'PACKAGE_NOT_LOCKED',
      blame: 'usage',
      phase: 'prepare',
      hint: 'Run `node images/build.ts --update-lock`.',
    })
  }
  const offered = (await archive.find([locked.package])).find(({ version }) => version === locked.version)
  if (offered !== undefined && offered.sha256 === locked.sha256) return offered
  const newest = await newestOf(archive, lock.suite, name)
  const message = driftMessage(lock, locked, newest)
  if (options.frozen === true) {
    throw new DrydockError(message, {
      code: 'PACKAGE_LEFT_ARCHIVE',
      blame: 'testbed',
      phase: 'prepare',
      hint: 'Build without --frozen, or bring the lock file up to date with `node images/build.ts --update-lock`.',
    })
  }
  options.progress?.({ step: 'fetch packages', detail: message })
  return newest
}

const download = async (archive: DebianArchive, wanted: readonly ArchivePackage[]): Promise<void> => {
  await mkdir(cachePath('packages'), { recursive: true })
  const folder = await mkdtemp(cachePath('packages', '.download-'))
  try {
    await archive.download(wanted, folder)
    for (const file of await readdir(folder)) {
      const path = join(folder, file)
      await rename(path, debPath(await sha256OfFile(path)))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The packages as verified files, downloaded where the cache lacks them; apt is asked only then. */
export const fetchPackages = async (options: FetchOptions): Promise<Map<string, DebPackage>> => {
  const lock = await readLock(options.lockPath)
  const fetched = new Map<string, DebPackage>()
  const missing: string[] = []
  for (const name of options.names) {
    const locked = lock.packages[options.architecture]?.[name]
    if (locked !== undefined && (await isCached(locked.sha256))) {
      fetched.set(name, {
        name: locked.package,
        version: locked.version,
        sha256: locked.sha256,
        path: debPath(locked.sha256),
      })
    } else missing.push(name)
  }
  if (missing.length === 0) return fetched

  await withLock(cachePath('packages', `.${options.architecture}.lock`), async () => {
    options.progress?.({
      step: 'fetch packages',
      detail: `${missing.length} for ${options.architecture} from Debian ${lock.suite}`,
    })
    const archive = await (options.open ?? openArchive)(lock.suite, options.architecture)
    const chosen = new Map<string, ArchivePackage>()
    for (const name of missing) chosen.set(name, await inArchive(archive, lock, name, options))
    const absent: ArchivePackage[] = []
    for (const found of chosen.values()) if (!(await isCached(found.sha256))) absent.push(found)
    if (absent.length > 0) await download(archive, absent)
    for (const [name, { name: actual, version, sha256 }] of chosen) {
      if (!(await isCached(sha256))) {
        throw new DrydockError(
          `expected ${actual} ${version} with SHA-256 ${sha256}, apt brought other bytes`,
          {
            code: 'PACKAGE_DAMAGED',
            blame: 'testbed',
            phase: 'prepare',
            hint: 'The mirror or a proxy altered it; try again.',
          },
        )
      }
      fetched.set(name, { name: actual, version, sha256, path: debPath(sha256) })
    }
  })
  return fetched
}

/** Locks the newest version of each package, for each architecture. */
export const newLock = async (
  suite: string,
  names: Readonly<Partial<Record<DebianArchitecture, readonly string[]>>>,
): Promise<DebianLock> => {
  const packages: Partial<Record<DebianArchitecture, Record<string, LockedPackage>>> = {}
  for (const architecture of ['amd64', 'arm64'] as const) {
    const archive = await openArchive(suite, architecture)
    const locked: Record<string, LockedPackage> = {}
    for (const name of names[architecture] ?? []) {
      const newest = await newestOf(archive, suite, name)
      locked[name] = { package: newest.name, version: newest.version, sha256: newest.sha256 }
    }
    packages[architecture] = locked
  }
  return { suite, packages }
}
