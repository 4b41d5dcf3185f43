import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostFolder } from './host-folder.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const made = async () => {
  const folder = await temporaryFolder()
  const at = (path: string): string => join(folder.path, path)
  mkdirSync(at('usr/lib'), { recursive: true })
  mkdirSync(at('inner/etc'), { recursive: true })
  writeFileSync(at('usr/lib/ld.so'), 'loader')
  writeFileSync(at('inner/etc/name'), 'x')
  chmodSync(at('usr/lib/ld.so'), 0o4755)
  symlinkSync('usr/lib', at('lib'))
  symlinkSync('/lib/ld.so', at('absolute'))
  symlinkSync('../../../../etc/passwd', at('usr/out'))
  symlinkSync('loop', at('loop'))
  symlinkSync('/etc/name', at('inner/link'))
  return { folder, tree: new HostFolder(folder.path) }
}

describe('HostFolder', () => {
  it('should list what is below, a folder before what it holds, links as such', async () => {
    const { folder, tree } = await made()
    await using _ = folder
    expect([...tree.entries()].map(({ path, type }) => `${path} ${type}`)).toEqual([
      '/ directory',
      '/absolute symlink',
      '/inner directory',
      '/inner/etc directory',
      '/inner/etc/name file',
      '/inner/link symlink',
      '/lib symlink',
      '/loop symlink',
      '/usr directory',
      '/usr/lib directory',
      '/usr/lib/ld.so file',
      '/usr/out symlink',
    ])
    expect([...tree.below('/inner')].map(({ path }) => path)).toEqual([
      '/inner',
      '/inner/etc',
      '/inner/etc/name',
      '/inner/link',
    ])
  })

  it('should follow links as a process would whose root it is, and never out of it', async () => {
    const { folder, tree } = await made()
    await using _ = folder
    expect(tree.resolve('/lib/ld.so')?.path).toBe('/usr/lib/ld.so')
    expect(tree.resolve('/absolute')?.path).toBe('/usr/lib/ld.so')
    expect(tree.resolve('/usr/lib/../../../../lib/ld.so')?.path).toBe('/usr/lib/ld.so')
    expect(tree.resolve('/link', '/inner')?.path).toBe('/inner/etc/name')
    expect(tree.resolve('/../../etc/name', '/inner')?.path).toBe('/inner/etc/name')
    for (const path of ['/usr/out', '/loop', '/absent', '/usr/lib/ld.so/x']) {
      expect(tree.resolve(path)).toBeUndefined()
    }
    expect(tree.get('/lib/ld.so')).toBeUndefined()
    expect(tree.get('/lib')?.linkTarget).toBe('usr/lib')
  })

  it('should give owner, mode and content', async () => {
    const { folder, tree } = await made()
    await using _ = folder
    const entry = tree.get('/usr/lib/ld.so')
    expect(entry).toMatchObject({ mode: 0o4755, uid: process.getuid?.(), size: 6 })
    expect((await entry?.read())?.toString()).toBe('loader')
    expect((await entry?.content.read(2, 3))?.toString()).toBe('ade')
    await expect(entry?.content.read(4, 10)).rejects.toThrow(/expected 10 bytes at byte 4/)
  })

  it('should go on where a folder cannot be read, if somebody is told', async () => {
    const { folder, tree } = await made()
    await using _ = folder
    const told: string[] = []
    // Gone between being listed and being opened.
    for (const { path } of tree.below('/', (where) => told.push(where))) {
      if (path === '/inner') {
        const { rmSync } = await import('node:fs')
        rmSync(join(folder.path, 'inner'), { recursive: true })
      }
    }
    expect(told).toEqual([join(folder.path, 'inner')])
  })

  it.runIf(process.platform === 'linux')('should leave out what the kernel makes up', () => {
    const entries = [...new HostFolder('/proc').below('/')]
    expect(entries.map(({ path }) => path)).toEqual(['/'])
  })
})
