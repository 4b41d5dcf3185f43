import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { goBuild } from '../../harness/common/go-toolchain.ts'
import { readElf } from '../../harness/image/elf.ts'
import { type PackageFiles, resolveFile } from './package-files.ts'
import type { RootTree } from './root-tree.ts'
import { inScratchFolder } from './scratch-folder.ts'

/** The part of a description that says what a root holds. */
export interface Contents {
  readonly binaries: readonly string[]
  readonly programs: Readonly<Record<string, string>>
  readonly applets: readonly string[]
  readonly links: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
}

export interface Sources {
  readonly architecture: Architecture
  readonly packages: PackageFiles
}

const libraryFolder = (architecture: Architecture): string =>
  architecture === 'x86_64' ? '/usr/lib/x86_64-linux-gnu' : '/usr/lib/aarch64-linux-gnu'

/** Debian merged these into /usr; programs name their loader by the short path. */
export const mergedFolders = {
  '/bin': 'usr/bin',
  '/sbin': 'usr/sbin',
  '/lib': 'usr/lib',
  '/lib64': 'usr/lib64',
}

/** Compiles a program of images/programs. */
export const compile = async (program: string, architecture: Architecture): Promise<Buffer> =>
  await inScratchFolder(async (folder) => {
    const output = join(folder, 'program')
    const source = join(import.meta.dirname, '..', 'programs', program)
    await goBuild({ source, architecture, output, pie: true })
    return await readFile(output)
  })

const missing = (path: string, why: string): DrydockError =>
  new DrydockError(`expected ${path} (${why}) in the packages of the image, it is in none`, {
    code: 'FILE_MISSING',
    blame: 'usage',
    phase: 'prepare',
    hint: 'Add the package that has it to images/reference.yml and run `node images/build.ts --update-lock`.',
  })

/** Adds what an ELF file needs to start: its loader and its libraries, and theirs. */
const addNeeds = (tree: RootTree, sources: Sources, path: string, bytes: Buffer): void => {
  const elf = readElf(bytes)
  if (elf === undefined) return
  if (elf.interpreter !== undefined) {
    // Package files are below /usr, where /lib and /lib64 lead to.
    const loader = elf.interpreter.replace(/^\/lib/, '/usr/lib')
    const found = resolveFile(sources.packages, loader)
    const plain = resolveFile(
      sources.packages,
      join(libraryFolder(sources.architecture), loader.split('/').at(-1) ?? ''),
    )
    const chosen = found ?? plain
    if (chosen === undefined) throw missing(loader, `loader of ${path}`)
    if (!tree.has(loader)) tree.file(loader, chosen.content, 0o755)
  }
  for (const library of elf.needed) {
    const target = join(libraryFolder(sources.architecture), library)
    if (tree.has(target) || library.startsWith('ld-linux')) continue
    const found = resolveFile(sources.packages, target)
    if (found === undefined) throw missing(target, `needed by ${path}`)
    tree.file(target, found.content, 0o755)
    addNeeds(tree, sources, target, found.content)
  }
}

/** Fills a root: binaries of packages with their libraries, programs, links and files. */
export const addContents = async (tree: RootTree, sources: Sources, contents: Contents): Promise<void> => {
  for (const [path, target] of Object.entries(mergedFolders)) tree.link(path, target)
  for (const folder of Object.values(mergedFolders)) tree.directory(`/${folder}`)
  for (const path of contents.binaries) {
    const found = resolveFile(sources.packages, path)
    if (found === undefined) throw missing(path, 'listed')
    tree.file(path, found.content, 0o755)
    addNeeds(tree, sources, path, found.content)
  }
  for (const [program, path] of Object.entries(contents.programs)) {
    const bytes = await compile(program, sources.architecture)
    tree.file(path, bytes, 0o755)
    addNeeds(tree, sources, path, bytes)
  }
  for (const applet of contents.applets) tree.link(`/usr/bin/${applet}`, 'busybox')
  for (const [path, target] of Object.entries(contents.links)) tree.link(path, target)
  for (const [path, text] of Object.entries(contents.files)) {
    tree.file(path, text, text.startsWith('#!') ? 0o755 : 0o644)
  }
}
