import { readFile, writeFile } from 'node:fs/promises'
import { withFile } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { type DebianLock, readLock, writeLock } from './debian-lock.ts'

const entry = (name: string) => ({ package: name, version: '1', sha256: 'b'.repeat(64) })

describe('lock file', () => {
  it('should be read as it was written, in the order of names', async () => {
    await withFile(async ({ path }) => {
      const lock: DebianLock = {
        suite: 'trixie',
        packages: { amd64: { runc: entry('runc'), busybox: entry('b') } },
      }
      await writeLock(path, lock)
      expect(await readLock(path)).toEqual({ ...lock, packages: { ...lock.packages, arm64: {} } })
      const text = await readFile(path, 'utf8')
      expect(text.indexOf('busybox')).toBeLessThan(text.indexOf('runc'))
    })
  })

  it.each(['', '{}', '{"suite":"trixie","packages":{"mips":{}}}'])('should refuse %j', async (text) => {
    await withFile(async ({ path }) => {
      await writeFile(path, text)
      await expect(readLock(path)).rejects.toMatchObject({ code: 'LOCK_FILE_INVALID', blame: 'usage' })
    })
  })
})
