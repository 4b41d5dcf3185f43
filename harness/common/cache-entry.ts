import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { sha256OfFile } from './digest.ts'
import { withLock } from './lock.ts'

const manifestName = 'manifest.json'

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name !== manifestName)
    .sort()
}

const hashesOf = async (folder: string): Promise<Record<string, string>> => {
  const hashes: Record<string, string> = {}
  for (const name of await filesBelow(folder)) hashes[name] = await sha256OfFile(join(folder, name))
  return hashes
}

/** Whether the folder is there and each file in it still has the hash that was noted when it was made. */
export const isIntact = async (folder: string): Promise<boolean> => {
  try {
    const noted: unknown = JSON.parse(await readFile(join(folder, manifestName), 'utf8'))
    return JSON.stringify(noted) === JSON.stringify(await hashesOf(folder))
  } catch {
    return false
  }
}

/**
 * A folder of the cache, made by `fill` where it is missing or damaged. Its name must name its content: an intact
 * folder is used as it is. Safe while other processes do the same: one fills, the others wait, readers never see
 * a half-filled folder.
 */
export const cachedFolder = async (
  folder: string,
  fill: (emptyFolder: string) => Promise<void>,
): Promise<string> => {
  if (await isIntact(folder)) {
    const now = new Date()
    await utimes(folder, now, now).catch(() => {}) // its age only helps to clean up
    return folder
  }
  await mkdir(dirname(folder), { recursive: true })
  return await withLock(join(dirname(folder), `.${basename(folder)}.lock`), async () => {
    if (await isIntact(folder)) return folder
    const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
    try {
      await fill(draft)
      await writeFile(join(draft, manifestName), JSON.stringify(await hashesOf(draft)))
      await rm(folder, { recursive: true, force: true })
      await rename(draft, folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return folder
  })
}
