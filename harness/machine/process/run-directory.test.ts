import { existsSync } from 'node:fs'
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { ownIdentity } from './process-identity.ts'
import { createRunDirectory } from './run-directory.ts'

const inBase = (use: (base: string) => Promise<void>) =>
  withDir(({ path }) => use(path), { unsafeCleanup: true })

const deadOwner = () => ownIdentity().replace(/-\d+-/, '-1-')

describe('createRunDirectory', () => {
  it('should be closed to everyone else, and be gone with its content once disposed of', async () => {
    await inBase(async (base) => {
      const directory = createRunDirectory(base, undefined)
      expect((await stat(directory.path)).mode & 0o777).toBe(0o700)
      expect((await stat(dirname(directory.path))).mode & 0o777).toBe(0o700)
      await writeFile(join(directory.path, 'memory'), 'x')
      await directory[Symbol.asyncDispose]()
      expect(existsSync(dirname(directory.path))).toBe(false)
    })
  })

  it("should remove dead owners' directories, and no others", async () => {
    await inBase(async (base) => {
      const dead = join(base, `drydock-${deadOwner()}-aaaaaa`)
      const elsewhere = join(base, `drydock-1-1-1-aaaaaa`)
      const foreign = join(base, 'other')
      const namedLikeOurs = join(base, 'drydock-outside--24640-6Kp9bkeBxUQn')
      for (const path of [dead, elsewhere, foreign, namedLikeOurs])
        await mkdir(join(path, 'vm'), { recursive: true })
      await symlink(foreign, join(base, `drydock-${deadOwner()}-bbbbbb`))
      await using first = createRunDirectory(base, undefined)
      await using second = createRunDirectory(base, undefined)
      const paths = [dead, elsewhere, foreign, namedLikeOurs, first.path, second.path]
      expect(paths.filter((path) => !existsSync(path))).toEqual([dead])
    })
  })

  it('should refuse a path that is too long for a socket', async () => {
    await inBase(async (base) => {
      const long = join(base, 'x'.repeat(100))
      await mkdir(long)
      expect(() => createRunDirectory(long, undefined)).toThrow(
        expect.objectContaining({ code: 'PATH_TOO_LONG', hint: expect.stringContaining('TMPDIR') }),
      )
      expect(existsSync(long)).toBe(true)
    })
  })
})
