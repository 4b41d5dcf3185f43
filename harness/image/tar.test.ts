import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { MemorySource } from './byte-source.ts'
import { MemoryTree } from './memory-tree.ts'
import { isTar, readTar } from './tar.ts'

const makeTar = async (): Promise<Buffer> => {
  const tar = pack()
  tar.entry({ name: 'a', mode: 0o644, uid: 5, gid: 6 }, 'content')
  tar.entry({ name: 'd/', type: 'directory' })
  tar.entry({ name: 'h', type: 'link', linkname: 'a' })
  tar.entry({ name: `d/${'ü'.repeat(120)}`, type: 'symlink', linkname: 'l'.repeat(150) })
  tar.finalize()
  return await buffer(tar)
}

const read = async (bytes: Buffer): Promise<MemoryTree> => {
  const tree = new MemoryTree()
  await readTar(new MemorySource(bytes, 'a.tar'), tree)
  return tree
}

describe('readTar', () => {
  it('should read what tar-stream writes', async () => {
    const tree = await read(await makeTar())
    expect(tree.get('/a')).toMatchObject({ mode: 0o644, uid: 5, gid: 6, size: 7 })
    expect((await tree.get('/h')?.read())?.toString()).toBe('content')
    expect(tree.get(`/d/${'ü'.repeat(120)}`)).toMatchObject({ type: 'symlink', linkTarget: 'l'.repeat(150) })
  })

  it('should read GNU long names and numbers in base 256', async () => {
    const whole = await makeTar()
    const name = 'n'.repeat(200)
    const long = Buffer.from(whole.subarray(0, 512))
    long.write('L', 156)
    long.write('00000000311\0', 124)
    const body = Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(311)])
    const entry = Buffer.from(whole.subarray(0, 1024))
    entry.fill(0, 108, 116)
    entry.writeUInt8(0x80, 108)
    entry.writeUInt32BE(70_000, 112)
    const tree = await read(Buffer.concat([long, body, entry]))
    expect(tree.get(`/${name}`)).toMatchObject({ uid: 70_000, size: 7 })
  })

  it('should refuse a cut stream, unknown types and links to nothing', async () => {
    const whole = await makeTar()
    await expect(read(whole.subarray(0, 515))).rejects.toThrow(
      'a.tar: expected 7 bytes of content in its tar stream at byte 0, found the end after 3',
    )
    const changed = Buffer.from(whole)
    changed.write('V', 156)
    await expect(read(changed)).rejects.toThrow('expected a known type of entry')
    await expect(read(whole.subarray(1024))).rejects.toThrow('expected the target of the hard link h')
  })

  it('should let a later entry replace an earlier one, its hard links apart', async () => {
    const tar = pack()
    tar.entry({ name: 'a' }, 'old')
    tar.entry({ name: 'h', type: 'link', linkname: 'a' })
    tar.entry({ name: 'a' }, 'new')
    tar.entry({ name: 'd/x' }, 'below')
    tar.entry({ name: 'd', type: 'symlink', linkname: 'a' })
    tar.finalize()
    const tree = await read(await buffer(tar))
    expect((await tree.get('/a')?.read())?.toString()).toBe('new')
    expect((await tree.get('/h')?.read())?.toString()).toBe('old')
    expect(tree.get('/d')).toMatchObject({ type: 'symlink' })
  })

  it('should be recognised by the checksum of its first header', async () => {
    const whole = await makeTar()
    expect(isTar(whole)).toBe(true)
    expect(isTar(Buffer.alloc(512))).toBe(false)
    expect(isTar(whole.fill(1, 0, 1))).toBe(false)
  })

  it('should answer changed bytes with a tree or one error', async () => {
    const whole = await makeTar()
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.nat(whole.length), async (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length))
        for (const [at, value] of changes) if (at < length) bytes[at] = value
        try {
          await read(bytes)
        } catch (error) {
          if (!(error instanceof DrydockError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})
