import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MemorySource } from './byte-source.ts'
import { newContext, openPart } from './open-part.ts'
import type { Part } from './part.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { isInstalled, makeImage } from './testing/make-image.ts'
import { buildLayout, buildTar } from './testing/oci-builder.ts'
import type { SampleEntry } from './testing/sample-tree.ts'

const mebibyte = 1024 ** 2

const open = async (bytes: Buffer, room?: number): Promise<Part> =>
  await openPart(new MemorySource(bytes, 'x'), newContext('all', room))

/** What became of it, its nested parts included. */
const outcome = async (bytes: Buffer, room?: number): Promise<string> => {
  try {
    const part = await open(bytes, room)
    return part.unread ?? part.parts[0]?.unread ?? 'read'
  } catch (error) {
    return error instanceof Error ? error.message : 'no error'
  }
}

const nested: readonly SampleEntry[] = ['/', '/d', '/d/e'].map((path) => ({
  path,
  type: 'directory',
  mode: 0o755,
}))

/** tar-stream takes a quarter of a minute for as many. */
const manyInTar = async (names: readonly string[]): Promise<Buffer> => {
  const header = (await buildTar({ x: '' })).subarray(0, 512)
  const headers = names.map((name) => {
    const copy = Buffer.from(header)
    copy.fill(0, 0, 100).write(name)
    const sum = copy.fill(0x20, 148, 156).reduce((total, byte) => total + byte, 0)
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    return copy
  })
  return Buffer.concat([...headers, Buffer.alloc(1024)])
}

/** Makes /d/e point at a directory above it. */
const loops = [
  {
    name: 'ext4',
    programs: ['mkfs.ext4'],
    script: 'mkfs.ext4 -q -F -b 1024 -N 32 -O ^has_journal,^metadata_csum -d "$tree" "$image" 256K',
    // An entry: inode, its length, the length of the name, 2 for a directory, the name.
    patch: (bytes: Buffer) => bytes.writeUInt32LE(2, bytes.indexOf(Buffer.from([1, 2, 0x65])) - 6),
  },
  {
    name: 'FAT',
    programs: ['mkfs.vfat', 'mcopy'],
    script: `truncate -s 128K fat
mkfs.vfat -F 12 fat >/dev/null
mcopy -Q -s -i fat "$tree/d" ::
mv fat "$image"`,
    patch: (bytes: Buffer) => {
      // mtools writes one-letter names as short ones, padded with blanks.
      const entryOf = (letter: string) => bytes.indexOf(`${letter}${' '.repeat(10)}\x10`, 0, 'latin1')
      bytes.writeUInt16LE(bytes.readUInt16LE(entryOf('D') + 26), entryOf('E') + 26)
    },
  },
] as const

describe('an image of hostile shape', { timeout: 60_000 }, () => {
  it('should be read with 100,000 entries in one directory', async () => {
    const count = 100_000
    const names = Array.from({ length: count }, (_, index) => `d/${index}`)
    const archives = [
      buildCpio([{ name: 'd', mode: 0o40755 }, ...names.map((name) => textFile(name, ''))]),
      await manyInTar(names),
    ]
    for (const archive of archives) {
      // Of the processor, as other tests keep the host busy.
      const start = process.cpuUsage()
      const part = await open(archive)
      const { user, system } = process.cpuUsage(start)
      expect((user + system) / 1000).toBeLessThan(10_000)
      expect([...(part.tree?.entries() ?? [])]).toHaveLength(count + 2)
    }
  })

  it.for([
    ['gzip', gzipSync(buildCpio([textFile('a', 'x'.repeat(4 * mebibyte))]))],
    ['zstd', zstdCompressSync(buildCpio([textFile('a', 'x'.repeat(4 * mebibyte))]))],
    [
      'a bomb behind microcode',
      Buffer.concat([buildCpio([textFile('a', '')]), gzipSync(Buffer.alloc(4 * mebibyte))]),
    ],
    ['a bomb in a bomb', gzipSync(gzipSync(Buffer.alloc(4 * mebibyte)))],
  ] as const)('should be refused where it unpacks to more than there is room for: %s', async ([, bytes]) => {
    expect(bytes.length).toBeLessThan(mebibyte / 10)
    expect(await outcome(bytes, mebibyte)).toMatch(/to unpack to at most \d+ bytes, found more/)
  })

  it('should share the room among all its parts', async () => {
    const layer = gzipSync(await buildTar({ a: 'x'.repeat(mebibyte) }))
    const layout = await buildTar(buildLayout([{ architecture: 'amd64', layers: [layer, layer, layer] }]))
    expect(await outcome(layout, 2 * mebibyte)).toMatch(
      /expected the layer .* to unpack to at most \d+ bytes/,
    )
    expect(await outcome(layout, 4 * mebibyte)).toBe('read')
  })

  it.skipIf(!isInstalled('tar2sqfs'))('should be refused where a squashfs unpacks to more', async () => {
    const big: SampleEntry = {
      path: '/a',
      type: 'file',
      mode: 0o644,
      content: Buffer.alloc(4 * mebibyte, 'x'),
    }
    const bytes = await makeImage('tar2sqfs --quiet "$image" <"$tar"', [big])
    expect(bytes.length).toBeLessThan(mebibyte / 10)
    expect(await outcome(bytes, mebibyte)).toMatch(
      /expected the squashfs x to unpack to at most 1048576 bytes/,
    )
    const initrd = buildCpio([{ ...textFile('root', ''), content: bytes }])
    expect(await outcome(initrd, mebibyte)).toMatch(/expected the squashfs x:\/root to unpack to at most/)
  })

  it.for(loops)('should be refused where a directory of $name is inside itself', async (loop, { skip }) => {
    const missing = ['fakeroot', ...loop.programs].filter((program) => !isInstalled(program))
    skip(missing.length > 0, `this host has no ${missing.join(', ')}`)
    const bytes = await makeImage(loop.script, nested)
    expect(await outcome(bytes)).toBe('read')
    loop.patch(bytes)
    expect(await outcome(bytes)).toBe('x: expected one name for each directory in /d/e, found a second one')
  })

  it('should be refused with names that lead elsewhere', async () => {
    expect(await outcome(buildCpio([textFile('a/..', '')]))).toMatch(/expected a name for the entry, found/)
    const elsewhere = await open(buildCpio([textFile('../../etc/passwd', 'x')]))
    expect([...(elsewhere.tree?.entries() ?? [])].map(({ path }) => path)).toEqual([
      '/',
      '/etc',
      '/etc/passwd',
    ])
  })
})
