import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { execa } from 'execa'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import which from 'which'
import { DrydockError } from '../common/errors.ts'
import { isSquashfs, readSquashfs } from './squashfs.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const hasTools =
  which.sync('tar2sqfs', { nothrow: true }) !== null && which.sync('sqfs2tar', { nothrow: true }) !== null

const longName = `${'d'.repeat(80)}/${'e'.repeat(80)}/${'f'.repeat(80)}/g`

/** A tree with everything that a root file system has. */
const makeSquashfs = async (): Promise<Buffer> => {
  const tar = pack()
  const owner = { uid: 0, gid: 0, mtime: new Date(0) }
  tar.entry({ ...owner, name: 'sbin', type: 'directory', mode: 0o711 })
  tar.entry({ ...owner, name: 'sbin/init', mode: 0o4755, uid: 3, gid: 70_000 }, 'program')
  tar.entry({ ...owner, name: 'again', type: 'link', linkname: 'sbin/init' })
  tar.entry({ ...owner, name: 'link', type: 'symlink', linkname: '/sbin/init' })
  tar.entry({ ...owner, name: 'null', type: 'character-device', mode: 0o666, devmajor: 1, devminor: 3 })
  tar.entry({ ...owner, name: 'pipe', type: 'fifo', mode: 0o600 })
  tar.entry({ ...owner, name: longName, mode: 0o644 }, 'deep')
  tar.entry(
    {
      ...owner,
      name: 'ping',
      mode: 0o755,
      pax: { 'SCHILY.xattr.security.capability': '\u0001\u0000\u0000\u0002 \u0000\u0000\u0000' },
    },
    '',
  )
  tar.finalize()
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.squashfs')
  await execa('tar2sqfs', ['--quiet', '--compressor', 'gzip', path], { input: await buffer(tar) })
  return await readFile(path)
}

describe.runIf(hasTools)('readSquashfs', () => {
  let whole: Buffer
  beforeAll(async () => {
    whole = await makeSquashfs()
  })

  it('should read modes, owners, links, devices and attributes', async () => {
    const tree = await readSquashfs(whole, 'a.squashfs')
    expect(isSquashfs(whole)).toBe(true)
    expect(tree.get('/sbin')).toMatchObject({ type: 'directory', mode: 0o711 })
    expect(tree.get('/sbin/init')).toMatchObject({ type: 'file', mode: 0o4755, uid: 3, gid: 70_000, size: 7 })
    expect((await tree.get('/again')?.read())?.toString()).toBe('program')
    expect(tree.resolve('/link')?.path).toBe('/sbin/init')
    expect(tree.get('/null')).toMatchObject({ type: 'character-device', device: { major: 1, minor: 3 } })
    expect(tree.get('/pipe')).toMatchObject({ type: 'fifo', mode: 0o600 })
    expect((await tree.get(`/${longName}`)?.read())?.toString()).toBe('deep')
    expect(tree.get('/ping')?.xattrs.get('security.capability')?.toString('hex')).toBe('0100000220000000')
  })

  it('should leave nothing in the temporary directory', async () => {
    await using folder = await temporaryFolder()
    vi.stubEnv('TMPDIR', folder.path)
    onTestFinished(() => void vi.unstubAllEnvs())
    await readSquashfs(whole, 'a.squashfs')
    expect(await readdir(folder.path)).toEqual([])
    vi.stubEnv('TMPDIR', join(folder.path, 'missing'))
    await expect(readSquashfs(whole, 'a.squashfs')).rejects.toMatchObject({
      blame: 'testbed',
      code: 'TEMPORARY_DIRECTORY',
    })
  })

  it('should refuse a cut file and other bytes', async () => {
    await expect(readSquashfs(whole.subarray(0, 200), 'a.squashfs')).rejects.toThrow(
      /^a\.squashfs: expected a squashfs of \d+ bytes, found 200$/,
    )
    await expect(readSquashfs(Buffer.from('x'), 'a.squashfs')).rejects.toThrow(
      'a.squashfs: expected a squashfs, found other bytes',
    )
  })

  it('should answer changed bytes with a tree or one error', async () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        await readSquashfs(bytes, 'a.squashfs').catch((error: unknown) => {
          if (!(error instanceof DrydockError && error.blame === 'usage')) throw error
        })
      }),
      { numRuns: 25 },
    )
  })
})
