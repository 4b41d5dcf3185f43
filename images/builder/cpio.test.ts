import { assert, asyncProperty, constantFrom, stringMatching, uint8Array, uniqueArray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readInitrd } from '../../harness/image/initrd.ts'
import { cpio, directoryMode, fileMode, programMode } from './cpio.ts'

describe('cpio', () => {
  it('should be read back as it was written, whatever names and contents are', async () => {
    const entries = uniqueArray(stringMatching(/^\/[a-z0-9._-]{1,40}$/), { maxLength: 12 })
    await assert(
      asyncProperty(
        entries,
        uint8Array({ maxLength: 100 }),
        constantFrom(fileMode, programMode),
        async (paths, bytes, mode) => {
          const content = Buffer.from(bytes)
          const usable = paths.filter((path) => path !== '/.' && path !== '/..')
          const archive = cpio(usable.map((path) => ({ path, mode, content })))
          const tree = await readInitrd(archive, 'initrd')
          for (const path of usable) {
            const entry = tree.get(path)
            expect(entry).toMatchObject({ type: 'file', mode: mode & 0o7777, uid: 0, gid: 0 })
            expect(await entry?.read()).toEqual(content)
          }
        },
      ),
    )
  })

  it('should let an archive behind another replace its entries', async () => {
    const first = cpio([
      { path: '/folder', mode: directoryMode },
      { path: '/folder/kept', mode: fileMode, content: Buffer.from('kept') },
      { path: '/init', mode: programMode, content: Buffer.from('good') },
    ])
    const second = cpio([{ path: '/init', mode: programMode, content: Buffer.from('flawed') }])
    const tree = await readInitrd(Buffer.concat([first, second]), 'initrd')
    expect(String(await tree.get('/init')?.read())).toBe('flawed')
    expect(String(await tree.get('/folder/kept')?.read())).toBe('kept')
  })
})
