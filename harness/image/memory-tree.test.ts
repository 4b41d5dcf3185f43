import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { MemoryTree, type NewEntry } from './memory-tree.ts'

const owner = { mode: 0o755, uid: 0, gid: 0 }
const file = (content: string): NewEntry => ({ ...owner, type: 'file', content: Buffer.from(content) })
const link = (linkTarget: string): NewEntry => ({ ...owner, type: 'symlink', linkTarget })
const directory: NewEntry = { ...owner, type: 'directory' }

const contentOf = async (tree: MemoryTree, path: string): Promise<string | undefined> =>
  (await tree.get(path)?.read())?.toString()

describe('MemoryTree', () => {
  it('should list a directory before what it holds, in order', () => {
    const tree = new MemoryTree()
    tree.put('b/y', file(''))
    tree.put('./a', file(''))
    tree.put('/b/x', file(''))
    expect([...tree.entries()].map(({ path }) => path)).toEqual(['/', '/a', '/b', '/b/x', '/b/y'])
  })

  it('should take owner and mode of the root from `.`', () => {
    const tree = new MemoryTree()
    tree.put('.', { type: 'directory', mode: 0o41711, uid: 1, gid: 2 })
    expect(tree.get('/')).toMatchObject({ mode: 0o1711, uid: 1, gid: 2 })
  })

  it('should put entries where the links above them lead', async () => {
    const tree = new MemoryTree()
    tree.put('usr/lib', directory)
    tree.put('lib', link('usr/lib'))
    tree.put('lib/a', file('x'))
    expect(await contentOf(tree, '/usr/lib/a')).toBe('x')
    expect(tree.get('/lib/a')).toBeUndefined()
    expect(tree.resolve('/lib/a')?.path).toBe('/usr/lib/a')
  })

  it('should lay later entries over earlier ones', async () => {
    const tree = new MemoryTree()
    tree.put('f', file('old'))
    tree.put('f', { ...file('new'), mode: 0o4755 })
    expect(await contentOf(tree, '/f')).toBe('new')
    expect(tree.get('/f')?.mode).toBe(0o4755)
    tree.put('f', link('g'))
    expect(tree.get('/f')).toMatchObject({ type: 'symlink', linkTarget: 'g', size: 1 })
    tree.put('d/x', file('kept'))
    tree.put('d', file('a directory with content stays'))
    expect(await contentOf(tree, '/d/x')).toBe('kept')
    tree.put('d', { ...directory, mode: 0o700 })
    expect(tree.get('/d')?.mode).toBe(0o700)
    expect(await contentOf(tree, '/d/x')).toBe('kept')
  })

  it('should show a rewritten file under all its hard links', async () => {
    const tree = new MemoryTree()
    tree.link('b', tree.put('a', file('old')))
    tree.put('b', file('new'))
    expect(await contentOf(tree, '/a')).toBe('new')
  })

  it('should take names away', () => {
    const tree = new MemoryTree()
    tree.put('d/e/f', file(''))
    tree.put('d/g', file(''))
    tree.put('l', link('d'))
    tree.remove('l/e')
    tree.remove('nothing/here')
    expect([...tree.entries()].map(({ path }) => path)).toEqual(['/', '/d', '/d/g', '/l'])
    tree.clear('d')
    tree.remove('l')
    tree.remove('/')
    expect([...tree.entries()].map(({ path }) => path)).toEqual(['/', '/d'])
  })

  it('should follow links inside the tree only, and not for ever', () => {
    const tree = new MemoryTree()
    tree.put('etc/f', file(''))
    tree.put('up', link('../../../etc'))
    tree.put('absolute', link('/etc/f'))
    tree.put('loop', link('loop'))
    tree.put('gone', link('nowhere'))
    expect(tree.resolve('/up/f')?.path).toBe('/etc/f')
    expect(tree.resolve('absolute')?.path).toBe('/etc/f')
    expect(tree.resolve('/etc/../etc/./f/')?.path).toBe('/etc/f')
    expect(tree.resolve('/loop')).toBeUndefined()
    expect(tree.resolve('/gone')).toBeUndefined()
    expect(tree.resolve('/etc/f/below')).toBeUndefined()
    expect(tree.get('/absolute')?.type).toBe('symlink')
  })

  it('should look paths up below another root', () => {
    const tree = new MemoryTree()
    tree.put('lib/ld.so', file('outside'))
    tree.put('rootfs/usr/lib/ld.so', file('inside'))
    tree.put('rootfs/lib', link('/usr/lib'))
    tree.put('rootfs/up', link('../../lib'))
    expect(tree.resolve('/lib/ld.so', '/rootfs')?.path).toBe('/rootfs/usr/lib/ld.so')
    expect(tree.resolve('/up/ld.so', '/rootfs')?.path).toBe('/rootfs/usr/lib/ld.so')
    expect(tree.resolve('/lib/ld.so')?.path).toBe('/lib/ld.so')
    expect(tree.resolve('/lib/ld.so', '/none')).toBeUndefined()
  })

  it.each([
    ['x/'.repeat(300), 'a path of at most 4096 bytes and 256 directories'],
    ['n'.repeat(5000), 'a path of at most 4096 bytes and 256 directories'],
    ['a/..', 'a name for the entry'],
    ['f/below', 'a directory above it'],
    ['loop/below', 'a directory above it'],
  ])('should refuse a bad name', (name, expected) => {
    const tree = new MemoryTree()
    tree.put('f', file(''))
    tree.put('loop', link('loop'))
    expect(() => tree.put(name, file(''))).toThrow(`expected ${expected}`)
  })

  it('should take any names without crashing or leaving the tree', () => {
    const part = fc.constantFrom('a', 'b', '..', '.', '', 'l', 'm')
    const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'))
    const entry = fc.oneof(fc.constant(file('x')), fc.constant(directory), path.map(link))
    fc.assert(
      fc.property(fc.array(fc.tuple(path, entry), { maxLength: 20 }), path, (entries, wanted) => {
        const tree = new MemoryTree()
        for (const [name, value] of entries) {
          try {
            tree.put(name, value)
          } catch (error) {
            if (!(error instanceof DrydockError)) throw error
          }
        }
        const paths = [...tree.entries()].map((found) => found.path)
        expect(new Set(paths).size).toBe(paths.length)
        for (const found of paths) expect(tree.get(found)?.path).toBe(found)
        const resolved = tree.resolve(wanted)
        if (resolved !== undefined) expect(paths).toContain(resolved.path)
      }),
    )
  })
})
