import { access, copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import type { Architecture } from './architecture.ts'
import { cachePath } from './cache.ts'
import { cachedFolder } from './cache-entry.ts'
import type { DebianArchitecture } from './debian-lock.ts'
import { type FetchOptions, fetchPackages } from './debian-packages.ts'
import { sha256 } from './digest.ts'
import { DrydockError, messageOf } from './errors.ts'
import { unpackedFolder } from './unpacked-folder.ts'

/** The lock file of Debian's Go packages. */
export const goLockPath = join(import.meta.dirname, 'go-toolchain.lock.json')

const release = '1.24'

/** Names of the packages that make up the toolchain. */
export const goPackages = [`golang-${release}-go`, `golang-${release}-src`] as const

const hostArchitecture = (): DebianArchitecture => {
  if (process.arch === 'x64') return 'amd64'
  if (process.arch === 'arm64') return 'arm64'
  throw new DrydockError(`expected an x86_64 or arm64 host to run Go on, found ${process.arch}`, {
    code: 'HOST_UNSUPPORTED',
    blame: 'testbed',
    phase: 'prepare',
  })
}

export interface GoToolchain {
  /** Path of the program `go`. */
  readonly go: string
  /** Names its version, for cache keys. */
  readonly identity: string
}

const unpackToolchain = async (options: Pick<FetchOptions, 'frozen' | 'progress'>): Promise<GoToolchain> => {
  const packages = await fetchPackages({
    ...options,
    lockPath: goLockPath,
    architecture: hostArchitecture(),
    names: goPackages,
  })
  const identity = sha256([...packages.values()].map((deb) => deb.sha256).join(' ')).slice(0, 16)
  const folder = await unpackedFolder(
    cachePath('go', `toolchain-${identity}`),
    [...packages.values()].map((deb) => deb.path),
  )
  return { go: join(folder, 'usr', 'lib', `go-${release}`, 'bin', 'go'), identity }
}

let unpacked: Promise<GoToolchain> | undefined

/** Debian's Go for this host, unpacked into the cache and nowhere else; looked for once per process. */
export const goToolchain = async (
  options: Pick<FetchOptions, 'frozen' | 'progress'> = {},
): Promise<GoToolchain> => {
  unpacked ??= unpackToolchain(options)
  return await unpacked
}

/** The folder of the Go module that a package belongs to: it may use the module's other packages. */
const moduleRoot = async (folder: string): Promise<string> => {
  const isRoot = await access(join(folder, 'go.mod')).then(
    () => true,
    () => false,
  )
  if (isRoot) return folder
  if (dirname(folder) !== folder) return await moduleRoot(dirname(folder))
  throw new DrydockError('expected a go.mod in the folder of the Go program or above it, found none', {
    code: 'GO_BUILD_FAILED',
    blame: 'testbed',
    phase: 'prepare',
  })
}

const sourceFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('_test.go'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

const flags = (pie: boolean): string[] => [
  '-trimpath',
  '-buildvcs=false',
  `-buildmode=${pie ? 'pie' : 'exe'}`,
  '-ldflags',
  pie ? '-s -w -buildid= -bindnow' : '-s -w -buildid=',
]

export interface GoBuildOptions {
  /** Folder of a main package, in a Go module that needs nothing but the standard library. */
  readonly source: string
  readonly architecture: Architecture
  /** Path of the program to write. */
  readonly output: string
  /**
   * A position-independent program with full RELRO. The kernel starts it through the C library's ld.so, which must be
   * in the image; without, it is a static program at a fixed address that needs nothing.
   */
  readonly pie: boolean
}

/** Compiles a Go program without cgo; the same sources give the same bytes, and are compiled once per cache. */
export const goBuild = async (options: GoBuildOptions): Promise<void> => {
  const toolchain = await goToolchain()
  const root = await moduleRoot(options.source)
  const files = await sourceFiles(root)
  const contents = await Promise.all(files.map((file) => readFile(file)))
  const key = sha256(
    JSON.stringify([
      toolchain.identity,
      options.architecture,
      flags(options.pie),
      relative(root, options.source),
      files.map((file, index) => [relative(root, file), sha256(contents[index] ?? '')]),
    ]),
  )
  const built = await cachedFolder(cachePath('go', 'programs', key), async (folder) => {
    const environment = {
      PATH: process.env.PATH ?? '',
      HOME: cachePath('go'),
      CGO_ENABLED: '0',
      GOARCH: options.architecture === 'x86_64' ? 'amd64' : 'arm64',
      GOCACHE: cachePath('go', 'build'),
      GOENV: 'off',
      GOFLAGS: '-mod=mod',
      GOOS: 'linux',
      GOPATH: cachePath('go', 'path'),
      GOPROXY: 'off',
      GOTELEMETRY: 'off',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
    }
    await execa(toolchain.go, ['build', ...flags(options.pie), '-o', join(folder, 'program'), '.'], {
      cwd: options.source,
      env: environment,
      extendEnv: false,
    }).catch((cause: unknown) => {
      throw new DrydockError(
        `go build of ${options.source} for ${options.architecture} failed: ${messageOf(cause)}`,
        {
          code: 'GO_BUILD_FAILED',
          blame: 'testbed',
          phase: 'prepare',
          cause,
        },
      )
    })
  })
  await mkdir(dirname(options.output), { recursive: true })
  await copyFile(join(built, 'program'), options.output)
}
