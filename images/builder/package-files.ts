import { posix } from 'node:path'
import { execa } from 'execa'
import { extract } from 'tar-stream'
import { DrydockError, messageOf } from '../../harness/common/errors.ts'

/** A file or symbolic link of a package. */
export type PackageFile =
  | { readonly kind: 'file'; readonly content: Buffer; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }

/** Files of several packages in memory, by absolute path. Nothing of them is written to the host's disk. */
export type PackageFiles = ReadonlyMap<string, PackageFile>

const readInto = async (
  files: Map<string, PackageFile>,
  debPath: string,
  wanted: (path: string) => boolean,
): Promise<void> => {
  const unpacker = execa('dpkg-deb', ['--fsys-tarfile', debPath], { stdout: 'pipe', buffer: false })
  const entries = extract()
  unpacker.stdout.pipe(entries)
  for await (const entry of entries) {
    const path = posix.join('/', entry.header.name)
    if (entry.header.type === 'symlink' && wanted(path))
      files.set(path, { kind: 'link', target: entry.header.linkname ?? '' })
    if (entry.header.type === 'file' && wanted(path)) {
      const pieces: Buffer[] = []
      for await (const piece of entry) pieces.push(piece as Buffer)
      files.set(path, { kind: 'file', content: Buffer.concat(pieces), mode: entry.header.mode ?? 0o644 })
    } else entry.resume()
  }
  await unpacker
}

/** Reads the wanted files of .deb packages. */
export const readPackages = async (
  debPaths: readonly string[],
  wanted: (path: string) => boolean,
): Promise<PackageFiles> => {
  const files = new Map<string, PackageFile>()
  for (const debPath of debPaths) {
    await readInto(files, debPath, wanted).catch((cause: unknown) => {
      throw new DrydockError(`${debPath}: expected a Debian package: ${messageOf(cause)}`, {
        code: 'PACKAGE_DAMAGED',
        blame: 'testbed',
        phase: 'prepare',
        hint: 'Remove it from the cache and build again.',
        cause,
      })
    })
  }
  return files
}

const longestChain = 8

/** The file at a path, through symbolic links between the packages' files; undefined where there is none. */
export const resolveFile = (
  files: PackageFiles,
  path: string,
): { readonly path: string; readonly content: Buffer; readonly mode: number } | undefined => {
  let current = path
  for (let step = 0; step < longestChain; step++) {
    const file = files.get(current)
    if (file === undefined) return undefined
    if (file.kind === 'file') return { path: current, content: file.content, mode: file.mode }
    current = posix.resolve(posix.dirname(current), file.target)
  }
  return undefined
}
