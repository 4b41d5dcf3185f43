import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from '../common/cache.ts'
import { allocatedBelow } from '../common/cache-limit.ts'
import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import { textColumns } from '../vitest/text-columns.ts'

/** What each part of the cache holds; everything in it can be made or fetched again. */
const parts: Readonly<Record<string, string>> = {
  accelerator: 'whether KVM works here',
  apt: "apt's lists of other suites and architectures",
  cores: "which run uses which of the host's cores",
  frozen: 'booted guests, to be forked',
  go: 'the Go toolchain, and what it has compiled',
  images: 'the reference image and its twins',
  kernels: 'unpacked kernels',
  locks: 'locks between runs',
  'memory-budget': "which run uses how much of the host's memory",
  node: 'compiled TypeScript',
  packages: 'Debian packages',
}

/** What running processes agree through: it is small, and taking it away would set them at odds. */
const inUse: ReadonlySet<string> = new Set(['cores', 'locks', 'memory-budget'])

interface Part {
  readonly name: string
  readonly bytes: number
  readonly holds: string
}

const partsInCache = async (): Promise<readonly Part[]> => {
  const names = (await readdir(cachePath(), { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  return await Promise.all(
    names.map(async (name) => ({
      name,
      bytes: await allocatedBelow(cachePath(name)),
      holds: parts[name] ?? 'of another version of Drydock',
    })),
  )
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 * 10 ? 1 : 0)} MiB`

/** `drydock cache`: what is in it, and how much room it takes. */
export const showCache = async ({ json }: { readonly json?: boolean }): Promise<void> => {
  const found = await partsInCache()
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ path: cachePath(), parts: found }, undefined, 2)}\n`)
    return
  }
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0)
  const rows = found.map(({ name, bytes, holds }) => [name, mebibytes(bytes).padStart(10), holds])
  process.stdout.write(
    `${cachePath()}\n${textColumns([...rows, ['', mebibytes(total).padStart(10), 'in all']])}\n`,
  )
}

/**
 * `drydock cache clean [PART...]`: removes parts of the cache; without a name, all but what running processes agree
 * through.
 * @throws DrydockError `NO_SUCH_PART`
 */
export const cleanCache = async (wanted: readonly string[]): Promise<void> => {
  const found = await partsInCache()
  const names = found.map(({ name }) => name)
  const unknown = wanted.find((name) => parts[name] === undefined && !names.includes(name))
  if (unknown !== undefined) {
    throw new DrydockError(
      `expected a part of the cache, found "${unknown}"${didYouMean(unknown, Object.keys(parts))}`,
      { code: 'NO_SUCH_PART', blame: 'usage', hint: '`drydock cache` shows every part.' },
    )
  }
  const removed = found.filter(({ name }) => (wanted.length === 0 ? !inUse.has(name) : wanted.includes(name)))
  for (const { name } of removed) {
    await rm(cachePath(name), { recursive: true, force: true })
    await removeLock(name)
  }
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0)
  process.stdout.write(`removed ${mebibytes(freed)} from ${cachePath()}\n`)
}

const removeLock = async (name: string): Promise<void> => {
  const path = join(cachePath(), `${name}.lock`)
  if ((await stat(path).catch(() => undefined))?.isFile() === true) await rm(path, { force: true })
}
