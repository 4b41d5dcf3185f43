import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { cachedFolder, isIntact } from './cache-entry.ts'

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> =>
  await withDir(({ path }) => work(path), { unsafeCleanup: true })

describe('cachedFolder', () => {
  it('should fill a folder once', async () => {
    await inFolder(async (folder) => {
      let fills = 0
      const fill = async (draft: string): Promise<void> => {
        fills += 1
        await writeFile(join(draft, 'kernel'), 'bytes')
      }
      await cachedFolder(join(folder, 'entry'), fill)
      const path = await cachedFolder(join(folder, 'entry'), fill)
      expect(await readFile(join(path, 'kernel'), 'utf8')).toBe('bytes')
      expect(fills).toBe(1)
    })
  })

  it.each([
    ['a changed file', async (entry: string) => await writeFile(join(entry, 'kernel'), 'other')],
    ['a file too many', async (entry: string) => await writeFile(join(entry, 'stray'), '')],
    ['no manifest', async (entry: string) => await writeFile(join(entry, 'manifest.json'), '')],
  ])('should notice %s and fill it again', async (_what, damage) => {
    await inFolder(async (folder) => {
      const entry = join(folder, 'entry')
      const fill = async (draft: string): Promise<void> => await writeFile(join(draft, 'kernel'), 'bytes')
      await cachedFolder(entry, fill)
      await damage(entry)
      expect(await isIntact(entry)).toBe(false)
      await cachedFolder(entry, fill)
      expect(await isIntact(entry)).toBe(true)
      expect(await readFile(join(entry, 'kernel'), 'utf8')).toBe('bytes')
    })
  })

  it('should fill it once for callers at the same time', async () => {
    await inFolder(async (folder) => {
      let fills = 0
      const fill = async (draft: string): Promise<void> => {
        fills += 1
        await mkdir(join(draft, 'sub'))
        await writeFile(join(draft, 'sub', 'file'), 'bytes')
      }
      await Promise.all([1, 2, 3].map(() => cachedFolder(join(folder, 'entry'), fill)))
      expect(fills).toBe(1)
    })
  })

  it('should leave nothing behind when filling fails', async () => {
    await inFolder(async (folder) => {
      const fill = (): Promise<void> => Promise.reject(new Error('no space left'))
      await expect(cachedFolder(join(folder, 'entry'), fill)).rejects.toThrow('no space left')
      expect((await readdir(folder)).filter((name) => !name.endsWith('.lock'))).toEqual([])
    })
  })
})
