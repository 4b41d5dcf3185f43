import { gzipSync, zstdCompressSync } from 'node:zlib'
import { execaSync } from 'execa'
import { describe, expect, it } from 'vitest'
import which from 'which'
import { bzip2Length } from './compression-bzip2.ts'
import { readInitrd, unpackInitrd } from './initrd.ts'
import type { MemoryTree } from './memory-tree.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { noise } from './testing/sample-tree.ts'

const read = async (...parts: Buffer[]): Promise<MemoryTree> =>
  await readInitrd(Buffer.concat(parts), 'i.img')

const text = async (tree: MemoryTree, path: string): Promise<string | undefined> =>
  (await tree.get(path)?.read())?.toString()

const archive = buildCpio([textFile('bin/su', '#!/bin/sh\n')])

const withTool = (tool: string, args: readonly string[], bytes: Buffer): Buffer =>
  Buffer.from(execaSync(tool, args, { input: bytes, encoding: 'buffer', stripFinalNewline: false }).stdout)

describe('an initrd of several parts', { timeout: 30_000 }, () => {
  it('should read archives one after the other, the microcode first', async () => {
    const microcode = buildCpio([textFile('kernel/x86/microcode/GenuineIntel.bin', 'ucode')])
    const first = buildCpio([textFile('a', 'old'), textFile('b', 'kept')])
    const last = buildCpio([textFile('a', 'new')])
    const zeros = (bytes: number) => Buffer.alloc(bytes)
    for (const squeeze of [gzipSync, zstdCompressSync]) {
      const main = squeeze(first)
      const tree = await read(
        microcode,
        zeros(512),
        main,
        zeros(4 + (-main.length & 3)),
        last,
        zeros(3),
        squeeze(last),
      )
      expect(await text(tree, '/a')).toBe('new')
      expect(await text(tree, '/b')).toBe('kept')
      expect(await text(tree, '/kernel/x86/microcode/GenuineIntel.bin')).toBe('ucode')
    }
  })

  it.for([
    ['gzip', 'gzip', ['-c']],
    ['zstd', 'zstd', ['-c', '-q']],
    ['xz', 'xz', ['-c', '--check=crc32']],
    ['bzip2', 'bzip2', ['-c', '-1']],
    ['lz4', 'lz4', ['-l', '-c']],
    ['lzo', 'lzop', ['-c']],
  ] as const)('should find what follows %s', async ([, tool, args], { skip }) => {
    skip(which.sync(tool, { nothrow: true }) === null, `this host has no ${tool}`)
    // Two blocks of bzip2, the second of which starts at any bit.
    const large = buildCpio([textFile('large', 'x'), { ...textFile('noise', ''), content: noise(150_001) }])
    const first = withTool(tool, args, large)
    const padding = Buffer.alloc((-first.length & 3) + 512)
    for (const parts of [
      [first, withTool(tool, args, archive)],
      [first, padding, archive],
      [buildCpio([textFile('microcode', '')]), first, padding, withTool(tool, args, archive)],
    ]) {
      const tree = await read(...parts)
      expect(await text(tree, '/large')).toBe('x')
      expect(await text(tree, '/bin/su')).toBe('#!/bin/sh\n')
    }
  })

  it('should say how it is put together', async () => {
    const bytes = Buffer.concat([buildCpio([textFile('a', '')]), gzipSync(archive), Buffer.alloc(4), archive])
    const padded = Buffer.concat([
      bytes.subarray(0, -archive.length),
      Buffer.alloc(-bytes.length & 3),
      archive,
    ])
    expect(await unpackInitrd(padded, 'i.img')).toMatchObject({ parts: ['cpio', 'gzip', 'cpio'] })
  })

  it('should not search bytes made of marks for ever', () => {
    expect(bzip2Length(Buffer.from('BZh9'))).toBeUndefined()
    const marks = Buffer.concat([
      Buffer.from('BZh9'),
      Buffer.alloc(12_000_000, Buffer.from('314159265359', 'hex')),
    ])
    const start = process.cpuUsage()
    expect(bzip2Length(marks)).toBeUndefined()
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(10_000)
  })
})
