import { mkdir, open, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { expect, it } from 'vitest'
import { allocatedBelow, limitCache } from './cache-limit.ts'

const now = new Date('2026-01-01T12:00:00Z').getTime()

const kibibyte = 1024
/** What file systems allocate at least. */
const block = 4 * kibibyte

const entry = async (folder: string, name: string, blocks: number, ageMinutes: number): Promise<void> => {
  const path = join(folder, name)
  await mkdir(path)
  await writeFile(join(path, 'file'), Buffer.alloc(blocks * block, 1))
  const time = new Date(now - ageMinutes * 60_000)
  await utimes(path, time, time)
}

it('should remove what was unused for longest, and never what was just used', async () => {
  await withDir(
    async ({ path }) => {
      await entry(path, 'oldest', 10, 300)
      await entry(path, 'old', 10, 200)
      await entry(path, 'middle', 10, 100)
      await entry(path, 'fresh', 40, 10)
      await limitCache(path, 55 * block, now)
      expect((await readdir(path)).sort()).toEqual(['fresh', 'middle'])
      await limitCache(path, 5 * block, now)
      expect(await readdir(path)).toEqual(['fresh'])
    },
    { unsafeCleanup: true },
  )
})

it('should count what a file takes on the disk, not what it would with its holes filled', async () => {
  await withDir(
    async ({ path }) => {
      const handle = await open(join(path, 'memory'), 'w')
      await handle.truncate(512 * kibibyte * kibibyte)
      await handle.write(Buffer.alloc(block, 1), 0, block, 256 * kibibyte * kibibyte)
      await handle.sync()
      await handle.close()
      expect(await allocatedBelow(path)).toBeGreaterThanOrEqual(block)
      expect(await allocatedBelow(path)).toBeLessThan(kibibyte * kibibyte)
    },
    { unsafeCleanup: true },
  )
})
