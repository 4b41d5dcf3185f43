import { gzipSync, zstdCompressSync } from 'node:zlib'
import { execaSync } from 'execa'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import which from 'which'
import { DrydockError } from '../common/errors.ts'
import { readInitrd } from './initrd.ts'
import type { MemoryTree } from './memory-tree.ts'
import { buildCpio, type CpioEntry, textFile } from './testing/cpio-builder.ts'

const read = async (...parts: Buffer[]): Promise<MemoryTree> =>
  await readInitrd(Buffer.concat(parts), 'i.img')

const text = async (tree: MemoryTree, path: string): Promise<string | undefined> =>
  (await tree.get(path)?.read())?.toString()

const messageOf = async (...parts: Buffer[]): Promise<string> => {
  try {
    await read(...parts)
  } catch (error) {
    if (error instanceof DrydockError && error.blame === 'usage') return error.message
    throw error
  }
  return 'accepted'
}

const archive = buildCpio([
  { name: '.', mode: 0o40755 },
  { name: 'bin', mode: 0o40755, uid: 1, gid: 2 },
  { name: 'bin/su', mode: 0o104755, content: '#!/bin/sh\n' },
  { name: 'sbin', mode: 0o120777, content: 'bin' },
  { name: 'null', mode: 0o20666, device: [1, 3] },
  { name: 'disk', mode: 0o60660, device: [254, 0] },
  { name: 'pipe', mode: 0o10644 },
  { name: 'sock', mode: 0o140755 },
])

const withTool = (tool: string, args: readonly string[], bytes: Buffer): Buffer =>
  Buffer.from(execaSync(tool, args, { input: bytes, encoding: 'buffer', stripFinalNewline: false }).stdout)

describe('readInitrd', () => {
  it('should read every type of entry', async () => {
    const tree = await read(archive)
    expect([...tree.entries()].map(({ path, type, mode }) => [path, type, mode])).toEqual([
      ['/', 'directory', 0o755],
      ['/bin', 'directory', 0o755],
      ['/bin/su', 'file', 0o4755],
      ['/disk', 'block-device', 0o660],
      ['/null', 'character-device', 0o666],
      ['/pipe', 'fifo', 0o644],
      ['/sbin', 'symlink', 0o777],
      ['/sock', 'socket', 0o755],
    ])
    expect(tree.get('/bin')).toMatchObject({ uid: 1, gid: 2 })
    expect(tree.get('/null')?.device).toEqual({ major: 1, minor: 3 })
    expect(await text(tree, '/bin/su')).toBe('#!/bin/sh\n')
    expect(tree.resolve('/sbin/su')?.path).toBe('/bin/su')
  })

  it('should read hard links, with the content in the first or the last of them', async () => {
    const linked = (name: string, content: string): CpioEntry => ({
      ...textFile(name, content),
      inode: 7,
      links: 2,
    })
    for (const contents of [
      ['x', ''],
      ['', 'x'],
    ] as const) {
      const tree = await read(buildCpio([linked('a', contents[0]), linked('b', contents[1])]))
      expect([await text(tree, '/a'), await text(tree, '/b')]).toEqual(['x', 'x'])
    }
    const apart = await read(buildCpio([linked('a', '1')]), buildCpio([linked('b', '2')]))
    expect([await text(apart, '/a'), await text(apart, '/b')]).toEqual(['1', '2'])
  })

  it('should check the sums of the crc format', async () => {
    expect(await messageOf(buildCpio([{ ...textFile('a', 'ab'), checksum: 195 }]))).toBe('accepted')
    expect(await messageOf(buildCpio([{ ...textFile('a', 'ab'), checksum: 1 }]))).toBe(
      'i.img: expected content with the checksum 1 for a at byte 0, found 195',
    )
  })

  it.for([
    ['xz', 'xz', ['-c', '--check=crc32']],
    ['lzma', 'xz', ['-c', '--format=lzma']],
    ['bzip2', 'bzip2', ['-c']],
    ['lz4', 'lz4', ['-l', '-c']],
    ['lzo', 'lzop', ['-c']],
  ] as const)('should read %s through the host', async ([, tool, args], { skip }) => {
    skip(which.sync(tool, { nothrow: true }) === null, `this host has no ${tool}`)
    expect(await text(await read(withTool(tool, args, archive)), '/bin/su')).toBe('#!/bin/sh\n')
  })

  it.runIf(which.sync('xz', { nothrow: true }) !== null)(
    'should find what follows an xz stream',
    async () => {
      const packed = withTool('xz', ['-c', '--check=crc32'], archive)
      const tree = await read(packed, packed, buildCpio([textFile('after', 'x')]))
      expect(await text(tree, '/after')).toBe('x')
      expect(await messageOf(packed.subarray(0, -8))).toMatch(
        /^expected the xz part of i\.img at byte 0 to be whole/,
      )
    },
  )

  it('should say which program is missing', async () => {
    const path = process.env.PATH
    process.env.PATH = '/nonexistent'
    try {
      await expect(read(Buffer.from('BZh91AY&SY'))).rejects.toMatchObject({
        code: 'TOOL_MISSING',
        blame: 'testbed',
        hint: 'Install it: apt-get install bzip2',
      })
    } finally {
      process.env.PATH = path
    }
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'i.img: expected an initrd, found an empty file'],
    ['zeros', Buffer.alloc(64), 'i.img: expected an initrd, found only zero bytes'],
    [
      'text',
      Buffer.from('not an initrd'),
      /^i\.img: expected a cpio archive, .* at byte 0, found 6e6f7420616e2069\n/,
    ],
    [
      'a cut header',
      archive.subarray(0, 50),
      'i.img: expected a cpio header or TRAILER!!! at byte 0, found 50 bytes',
    ],
    [
      'a cut name',
      archive.subarray(0, 111),
      'i.img: expected a name of 1 to 4096 bytes at byte 0, found the end of the archive',
    ],
    [
      'no trailer',
      archive.subarray(0, 112),
      'i.img: expected a cpio header or TRAILER!!! at byte 112, found the end of the archive',
    ],
    [
      'the old format',
      Buffer.from(`070707${'0'.repeat(120)}`),
      /expected a cpio header in newc or crc format at byte 0, found "070707/,
    ],
    [
      'an odd start',
      Buffer.concat([archive, Buffer.alloc(1), archive]),
      /expected a cpio archive to start at a multiple of 4 bytes/,
    ],
    [
      'a cut gzip',
      gzipSync(archive).subarray(0, -6),
      /^expected the gzip part of i\.img at byte 0 to be whole, found/,
    ],
    [
      'a cut zstd',
      zstdCompressSync(archive).subarray(0, -6),
      /^expected the zstd part of i\.img at byte 0 to be whole, found/,
    ],
    [
      'an unknown type',
      buildCpio([{ name: 'a', mode: 0o30000 }]),
      'i.img: expected the mode of a known type of file at byte 0, found 030000',
    ],
    [
      'an empty link',
      buildCpio([{ name: 'a', mode: 0o120777 }]),
      /expected a link target of 1 to 4096 bytes/,
    ],
    [
      'a name without end',
      buildCpio([textFile('n'.repeat(5000), '')]),
      /expected a name of 1 to 4096 bytes at byte 0, found 5001 bytes/,
    ],
  ])('should refuse %s with one clear error', async (_, bytes, expected) => {
    const message = await messageOf(bytes)
    if (typeof expected === 'string') expect(message).toBe(expected)
    else expect(message).toMatch(expected)
  })

  it('should not trust a length', async () => {
    const huge = Buffer.from(buildCpio([textFile('a', 'abc')]))
    huge.write('ffffffff', 54)
    expect(await messageOf(huge)).toMatch(
      /expected 4294967295 bytes of content for a at byte 0, found the end/,
    )
  })

  it('should notice a changed byte in a gzip stream', async () => {
    const packed = gzipSync(archive, { level: 0 })
    const at = packed.indexOf('#!/bin/sh')
    packed[at] = 0x24
    expect(await messageOf(packed)).toMatch(/found a checksum that does not match its content/)
  })

  it('should answer every truncation with one error', async () => {
    const whole = buildCpio([textFile('a', 'abc'), { name: 'l', mode: 0o120777, content: 'a' }])
    for (const bytes of [whole, gzipSync(whole), zstdCompressSync(whole)]) {
      for (let length = 0; length < bytes.length - 3; length += 1) {
        expect(await messageOf(bytes.subarray(0, length))).toMatch(/expected .*, found/)
      }
    }
  })

  it('should answer changed and random bytes with a tree or one error', async () => {
    const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 8 }),
        fc.uint8Array({ maxLength: 64 }),
        async (changes, tail) => {
          const bytes = Buffer.from(archive)
          for (const [at, value] of changes) bytes[at] = value
          // Streams for tools of the host would start a process each.
          fc.pre(![0x5d, 0x42, 0x89, 0xfd, 0x02].includes(tail.find((byte) => byte !== 0) ?? 0))
          await messageOf(bytes, Buffer.from(tail))
        },
      ),
      { numRuns: 500 },
    )
  })
})
