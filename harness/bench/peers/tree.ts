import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { cachePath } from '../../common/cache.ts'
import { hostMirror, openArchive } from '../../common/debian-archive.ts'
import { type DebianArchitecture, debianArchitectureOf } from '../../common/debian-lock.ts'
import { sha256 } from '../../common/digest.ts'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { withLock } from '../../common/lock.ts'
import type { ProgressListener } from '../../common/progress.ts'
import { lastLines } from '../../common/text.ts'
import { unpackedFolder } from '../../common/unpacked-folder.ts'
import { machineArchitectures } from '../../machine/architectures.ts'

/** A Debian of its own for peers: the host's packages stay as they are, and another suite's can be run. */
export interface PeerTree {
  readonly suite: string
  readonly packages: readonly string[]
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Where the host's own root shows inside a tree. */
export const hostRoot = '/host'

// Manuals, translations and the hundred languages of os-autoinst's character recognition, which nothing here looks at.
const left = ['man', 'locale', 'doc', 'tesseract-ocr']
const leanly = `printf "path-exclude=/usr/share/%s/*\\n" ${left.join(' ')} > "$1/etc/dpkg/dpkg.cfg.d/lean"`

/** Peers in a tree start the host's QEMU, the same as Drydock does, through these. */
const wrapper = (program: string): string =>
  `#!/bin/sh\nexec unshare --root=${hostRoot} --wd="$PWD" ${program} "$@"\n`
const wrapped = [...Object.values(machineArchitectures).map(({ binary }) => binary), 'qemu-img']

const hostArchitecture = (): DebianArchitecture =>
  debianArchitectureOf(process.arch === 'arm64' ? 'arm64' : 'x86_64')

/** The tree's folder; installed into the cache where it is not there yet, which takes minutes and some hundred MB. */
export const installTree = async (tree: PeerTree, progress: ProgressListener): Promise<string> => {
  demandRoot()
  const key = sha256(JSON.stringify([tree, leanly, wrapper('')])).slice(0, 16)
  const folder = cachePath('peers', `${tree.suite}-${key}`)
  if (await isThere(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  return await withLock(`${folder}.lock`, async () => {
    if (await isThere(folder)) return folder
    progress({ step: 'install peers', detail: `${tree.packages.join(', ')} of Debian ${tree.suite}` })
    const draft = await mkdtemp(`${folder}.draft-`)
    try {
      await install(tree, draft)
      for (const program of wrapped) {
        const path = join(draft, 'usr', 'local', 'bin', program)
        await writeFile(path, wrapper(program))
        await chmod(path, 0o755)
      }
      await mkdir(join(draft, hostRoot))
      await chmod(draft, 0o755)
      await rename(draft, folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return folder
  })
}

const demandRoot = (): void => {
  if (process.geteuid?.() === 0) return
  throw new DrydockError('peers are installed into a Debian of their own, which takes root', {
    code: 'NOT_ROOT',
    blame: 'testbed',
    phase: 'prepare',
  })
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const install = async ({ suite, packages }: PeerTree, folder: string): Promise<void> => {
  const architecture = hostArchitecture()
  try {
    await execa(
      'perl',
      [
        await mmdebstrap(architecture),
        ...['--variant=apt', '--mode=root', '--quiet', `--architectures=${architecture}`],
        '--aptopt=APT::Install-Recommends "false"',
        ...(await freshness()),
        `--essential-hook=${leanly}`,
        `--include=${packages.join(',')}`,
        ...[suite, folder, `deb [signed-by=${keyring}] ${await hostMirror()} ${suite} main`],
      ],
      { stdin: 'ignore' },
    )
  } catch (cause) {
    throw new DrydockError(
      `could not install ${packages.join(', ')} of Debian ${suite}: ${lastLines(messageOf(cause), 4)}`,
      { code: 'PEERS_NOT_INSTALLED', blame: 'testbed', phase: 'prepare', cause },
    )
  }
}

/** A host whose mirror is a snapshot lets apt take its index however old it is; so must the tree's apt. */
const freshness = async (): Promise<readonly string[]> => {
  const key = 'Acquire::Check-Valid-Until'
  const { stdout } = await execa('apt-config', ['shell', 'VALUE', key], { stdin: 'ignore' })
  const value = /^VALUE='(\w+)'$/m.exec(stdout)?.[1]
  return value === undefined ? [] : [`--aptopt=${key} "${value}"`]
}

/** The program that installs a Debian into a folder, unpacked and run from the cache. */
const mmdebstrap = async (architecture: DebianArchitecture): Promise<string> => {
  const archive = await openArchive('bookworm', architecture)
  const [found] = await archive.find(['mmdebstrap'])
  if (found === undefined) throw new Error('Debian bookworm has no mmdebstrap')
  const packages = cachePath('peers', `mmdebstrap-${found.version}`)
  const download = `${packages}.download`
  await mkdir(download, { recursive: true })
  await archive.download([found], download)
  const path = await unpackedFolder(packages, [
    join(download, `mmdebstrap_${found.version.replace(':', '%3a')}_all.deb`),
  ])
  await rm(download, { recursive: true, force: true })
  return join(path, 'usr', 'bin', 'mmdebstrap')
}
