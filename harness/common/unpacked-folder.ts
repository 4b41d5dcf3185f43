import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { withLock } from './lock.ts'

const exists = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  )

/**
 * Several .deb files unpacked into one folder of the cache, once: for tools that run from there. The last thing
 * written is a mark, so that an interrupted unpacking is done again.
 */
export const unpackedFolder = async (folder: string, debPaths: readonly string[]): Promise<string> => {
  const mark = join(folder, '.unpacked')
  if (await exists(mark)) return folder
  await mkdir(dirname(folder), { recursive: true })
  return await withLock(join(dirname(folder), `.${basename(folder)}.lock`), async () => {
    if (await exists(mark)) return folder
    const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
    try {
      for (const deb of debPaths) await execa('dpkg-deb', ['--extract', deb, draft])
      await writeFile(join(draft, '.unpacked'), '')
      await rm(folder, { recursive: true, force: true })
      await rename(draft, folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return folder
  })
}
