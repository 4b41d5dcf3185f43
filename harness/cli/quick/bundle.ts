import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CodeSplittingOptions } from 'rolldown'

/** Bundles of sources that have changed since are removed when nothing can be running from them any more. */
const keptMs = 60 * 60_000

/** Those of a bundle's modules that a command needs at every start are one file; what it loads at need are others. */
const chunks: CodeSplittingOptions = { groups: [{ name: 'initial', tags: ['$initial'] }] }

/**
 * Bundles a command that is started for each of many files, so that node reads one file instead of fifty; drydock.mjs
 * runs the bundle while no source has changed.
 * @param folder where bundles are kept; `COMMAND.json` there names the newest, and the size and time of its sources
 */
export const bundleCommand = async (command: string, folder: string): Promise<void> => {
  // Comes with vitest, which only a checkout has.
  const { rolldown } = await import('rolldown')
  await mkdir(folder, { recursive: true })
  const made = await mkdtemp(join(folder, `${command}-`))
  const entry = join(import.meta.dirname, `${command}.ts`)
  await using bundle = await rolldown({
    input: { [command]: entry },
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    logLevel: 'silent',
    plugins: [{ name: 'places of sources', transform: withPlaces }],
  })
  const { output } = await bundle.write({
    dir: made,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: chunks,
  })
  const sources = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  const inputs = await Promise.all(
    [...sources.filter((path) => path.startsWith('/')), import.meta.filename].map(async (path) => {
      const { mtimeMs, size } = await stat(path)
      return [path, mtimeMs, size] as const
    }),
  )
  const draft = join(made, 'manifest.json')
  await writeFile(draft, JSON.stringify({ main: join(made, `${command}.cjs`), inputs }))
  await rename(draft, join(folder, `${command}.json`))
  await removeOld(command, folder, made)
}

/** Sources find files beside them, and go on doing so; a module that names itself means the bundle's file. */
const withPlaces = (code: string, id: string): string | undefined =>
  code.includes('import.meta.')
    ? code
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
        .replaceAll('import.meta.filename', '__filename')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
    : undefined

const removeOld = async (command: string, folder: string, newest: string): Promise<void> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (!entry.isDirectory() || !entry.name.startsWith(`${command}-`) || path === newest) continue
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > keptMs) await rm(path, { recursive: true, force: true })
  }
}
