import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cachePath } from './cache.ts'
import type { DebianArchitecture } from './debian-lock.ts'
import { DrydockError, messageOf } from './errors.ts'
import { withLock } from './lock.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** One version of one package as the archive's signed index describes it. */
export interface ArchivePackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** Names of the packages in Depends, the first of each group of alternatives. */
  readonly depends: readonly string[]
}

/** A suite of Debian's archive for one architecture, seen through a private apt root: the host's apt state is not touched. */
export interface DebianArchive {
  /** All versions that the suite offers of these packages, newest first. */
  find(names: readonly string[]): Promise<ArchivePackage[]>
  /** Downloads into the folder as apt names files; apt checks each against the signed index. */
  download(packages: readonly ArchivePackage[], folder: string): Promise<void>
}

const aptFailed = (what: string, cause: unknown): DrydockError =>
  new DrydockError(`apt could not ${what}: ${messageOf(cause)}`, {
    code: 'APT_FAILED',
    blame: 'testbed',
    phase: 'prepare',
    hint: 'Packages come from the Debian mirror this host is set up with: does `apt-get update` work here?',
    cause,
  })

/** The address of the Debian mirror that the host itself uses. */
export const hostMirror = async (): Promise<string> => {
  const { stdout } = await execa('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Origin: Debian',
    'Label: Debian',
  ]).catch((cause: unknown) => {
    throw aptFailed('name its mirrors', cause)
  })
  const mirror = stdout.split('\n').find((line) => line.trim() !== '')
  if (mirror === undefined)
    throw aptFailed('find a Debian mirror', 'no index of origin Debian in `apt-get indextargets`')
  return mirror.trim()
}

/** Reads the stanzas that `apt-cache show` prints. */
export const parseStanzas = (text: string): ArchivePackage[] =>
  text.split(/\n\n+/).flatMap((stanza) => {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1]?.trim()
    const name = field('Package')
    const version = field('Version')
    const sha256 = field('SHA256')
    if (name === undefined || version === undefined || sha256 === undefined) return []
    const depends = (field('Depends') ?? '')
      .split(',')
      .map((group) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(group)?.[1])
      .filter((dependency) => dependency !== undefined)
    return [{ name, version, sha256, depends }]
  })

/** Opens a suite with a fresh index (about two seconds). */
export const openArchive = async (
  suite: string,
  architecture: DebianArchitecture,
): Promise<DebianArchive> => {
  const root = cachePath('apt', `${suite}-${architecture}`)
  await mkdir(join(root, 'lists', 'partial'), { recursive: true })
  await mkdir(join(root, 'archives', 'partial'), { recursive: true })
  const options = Object.entries({
    'Dir::State': root,
    'Dir::State::status': join(root, 'status'),
    'Dir::Cache': root,
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])

  await withLock(join(root, 'drydock.lock'), async () => {
    await writeFile(join(root, 'status'), '')
    await writeFile(
      join(root, 'sources.list'),
      `deb [arch=${architecture} signed-by=${keyring}] ${await hostMirror()} ${suite} main\n`,
    )
    await execa('apt-get', [...options, '-qq', '-o', 'APT::Update::Error-Mode=any', 'update']).catch(
      (cause: unknown) => {
        throw aptFailed(`read the index of ${suite} for ${architecture}`, cause)
      },
    )
  })

  return {
    find: async (names) => {
      const { stdout } = await execa('apt-cache', [...options, 'show', ...names], { reject: false })
      return parseStanzas(stdout)
    },
    download: async (packages, folder) => {
      const wanted = packages.map(({ name, version }) => `${name}=${version}`)
      await execa('apt-get', [...options, '-qq', 'download', ...wanted], { cwd: folder }).catch(
        (cause: unknown) => {
          throw aptFailed(`download ${wanted.join(', ')}`, cause)
        },
      )
    },
  }
}
