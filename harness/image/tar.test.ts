import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { MemoryTree } from './memory-tree.ts'
import { readTar } from './tar.ts'

const makeTar = async (): Promise<Buffer> => {
  const tar = pack()
  tar.entry({ name: 'a', mode: 0o644, uid: 5, gid: 6 }, 'content')
  tar.entry({ name: 'd/', type: 'directory' })
  tar.entry({ name: 'h', type: 'link', linkname: 'a' })
  tar.entry({ name: `d/${'ü'.repeat(120)}`, type: 'symlink', linkname: 'l'.repeat(150) })
  tar.finalize()
  return await buffer(tar)
}

const read = (bytes: Buffer): MemoryTree => {
  const tree = new MemoryTree()
  readTar(bytes, tree, 'a.tar')
  return tree
}

describe('readTar', () => {
  it('should read what tar-stream writes', async () => {
    const tree = read(await makeTar())
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
    expect(read(Buffer.concat([long, body, entry])).get(`/${name}`)).toMatchObject({ uid: 70_000, size: 7 })
  })

  it('should refuse a cut stream, unknown types and links to nothing', async () => {
    const whole = await makeTar()
    expect(() => read(whole.subarray(0, 515))).toThrow(
      'a.tar: expected 7 bytes of content in its tar stream at byte 0, found the end after 3',
    )
    const changed = Buffer.from(whole)
    changed.write('V', 156)
    expect(() => read(changed)).toThrow('expected a known type of entry')
    expect(() => read(whole.subarray(1024))).toThrow('expected the target of the hard link h')
  })

  it('should answer changed bytes with a tree or one error', async () => {
    const whole = await makeTar()
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length))
        for (const [at, value] of changes) if (at < length) bytes[at] = value
        try {
          read(bytes)
        } catch (error) {
          if (!(error instanceof DrydockError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})
