import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from '../../harness/common/cache.ts'

/** Runs `work` with a folder of its own, on the file system of the cache, and removes the folder afterwards. */
export const inScratchFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const parent = cachePath('images', '.scratch')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, `${process.pid}-`))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
