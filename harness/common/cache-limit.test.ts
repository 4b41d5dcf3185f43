import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { expect, it } from 'vitest'
import { limitCache } from './cache-limit.ts'

const now = new Date('2026-01-01T12:00:00Z').getTime()

const entry = async (folder: string, name: string, bytes: number, ageMinutes: number): Promise<void> => {
  const path = join(folder, name)
  await mkdir(path)
  await writeFile(join(path, 'file'), Buffer.alloc(bytes))
  const time = new Date(now - ageMinutes * 60_000)
  await utimes(path, time, time)
}

it('should remove what was unused for longest, and never what was just used', async () => {
  await withDir(
    async ({ path }) => {
      await entry(path, 'oldest', 100, 300)
      await entry(path, 'old', 100, 200)
      await entry(path, 'middle', 100, 100)
      await entry(path, 'fresh', 400, 10)
      await limitCache(path, 550, now)
      expect((await readdir(path)).sort()).toEqual(['fresh', 'middle'])
      await limitCache(path, 50, now)
      expect(await readdir(path)).toEqual(['fresh'])
    },
    { unsafeCleanup: true },
  )
})
