import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const hour = 3_600_000

interface Entry {
  readonly path: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly lastUse: number
}

/** Bytes that the files below a folder take on the disk: holes, as those of frozen memory, take none. */
export const allocatedBelow = async (folder: string): Promise<number> => {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => allocatedBy(join(file.parentPath, file.name))),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

// Another process may be removing it at this moment.
const allocatedBy = async (path: string): Promise<number> =>
  await stat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  )

const entriesOf = async (folder: string): Promise<Entry[]> => {
  const names = (await readdir(folder, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  )
  return await Promise.all(
    names.map(async ({ name }) => {
      const path = join(folder, name)
      return { path, bytes: await allocatedBelow(path), lastUse: (await stat(path)).mtimeMs }
    }),
  )
}

/**
 * Removes the entries of a cache folder that were unused for longest, until the rest is within the limit. What was used
 * within the last hour stays: a run may still need it.
 */
export const limitCache = async (folder: string, maximumBytes: number, now = Date.now()): Promise<void> => {
  const entries = (await entriesOf(folder)).sort((left, right) => left.lastUse - right.lastUse)
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes, lastUse } of entries) {
    if (total <= maximumBytes || now - lastUse < hour) return
    await rm(path, { recursive: true, force: true })
    total -= bytes
  }
}
