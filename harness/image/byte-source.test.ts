import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ByteSource, MemorySource, readStart, readWhole, sliceOf } from './byte-source.ts'
import { type Extent, extentSource } from './extent-source.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { hostSource, kindOfPath } from './host-source.ts'
import { LastOne } from './last-one.ts'
import { limits } from './limits.ts'
import { metadataSource } from './metadata-source.ts'
import { noise } from './testing/sample-tree.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const bytes = noise(300_000)
const memory = new MemorySource(bytes, 'm')

const range = fc
  .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
  .map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) }))

const mapped = (extents: readonly Extent[], size: number): ByteSource =>
  extentSource({ source: memory, size, name: 'e', slot: new LastOne(), load: async () => extents })

describe('ByteSource', () => {
  it('should read the same from a file, a slice, a cache, extents and memory', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'f')
    await writeFile(path, bytes)
    const sources = [
      memory,
      await hostSource(path),
      sliceOf(
        new MemorySource(Buffer.concat([Buffer.alloc(7), bytes, Buffer.alloc(9)]), 'o'),
        7,
        bytes.length,
        's',
      ),
      metadataSource(memory, Number.POSITIVE_INFINITY),
      mapped(
        [
          { at: 0, length: 100_000, from: 0 },
          { at: 100_000, length: 200_000, from: 100_000 },
        ],
        bytes.length,
      ),
    ]
    await fc.assert(
      fc.asyncProperty(range, async ({ offset, length }) => {
        for (const source of sources) {
          const read = await source.read(offset, length)
          expect(read.equals(bytes.subarray(offset, offset + length))).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    [-1, 1],
    [0, 300_001],
    [300_000, 1],
    [Number.NaN, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('should refuse to read %d, %d', async (offset, length) => {
    const slice = sliceOf(memory, 0, bytes.length, 's')
    for (const source of [memory, slice, metadataSource(memory), mapped([], bytes.length)]) {
      await expect(source.read(offset, length)).rejects.toMatchObject({
        code: 'IMAGE_DAMAGED',
        blame: 'usage',
      })
    }
  })

  it('should read holes as zeros, and extents out of order in the source', async () => {
    const source = mapped(
      [
        { at: 10, length: 5, from: 1000 },
        { at: 20, length: 5, from: 0 },
      ],
      30,
    )
    const expected = Buffer.concat([
      Buffer.alloc(10),
      bytes.subarray(1000, 1005),
      Buffer.alloc(5),
      bytes.subarray(0, 5),
      Buffer.alloc(5),
    ])
    for (let at = 0; at < 30; at += 1) {
      expect((await source.read(at, 30 - at)).equals(expected.subarray(at))).toBe(true)
    }
  })

  it('should end reading metadata that goes on for ever', async () => {
    const metadata = metadataSource(memory, 10_000)
    await metadata.read(0, 5000)
    await expect(metadata.read(0, 5000)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    await expect(metadata.read(0, 0)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })

  it('should not read whole what is too large', async () => {
    const huge = { name: 'h', size: limits.fileBytes + 1, read: async () => Buffer.alloc(0) }
    await expect(readWhole(huge)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
    expect(await readStart(memory, 5)).toHaveLength(5)
    expect(await readStart(new MemorySource(Buffer.alloc(3), 'm'), 5)).toHaveLength(3)
  })

  it('should say that a path is no image', async () => {
    await using folder = await temporaryFolder()
    expect(await kindOfPath(folder.path)).toBe('folder')
    for (const path of [join(folder.path, 'none'), '/dev/null']) {
      await expect(kindOfPath(path)).rejects.toMatchObject({ code: 'NO_SUCH_FILE', blame: 'usage' })
      await expect(hostSource(path)).rejects.toMatchObject({ code: 'NO_SUCH_FILE', blame: 'usage' })
    }
  })
})

describe('GrowingBuffer', () => {
  it('should keep what it is given up to its limit', () => {
    const buffer = new GrowingBuffer(40_000_000)
    for (let count = 0; count < 130; count += 1) expect(buffer.append(bytes)).toBe(true)
    expect(buffer.bytes().subarray(300_000, 600_000).equals(bytes)).toBe(true)
    expect(buffer.append(Buffer.alloc(2_000_000))).toBe(false)
    expect(buffer.bytes()).toHaveLength(39_000_000)
  })
})
