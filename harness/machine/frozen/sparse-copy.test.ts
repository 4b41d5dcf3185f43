import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { checksumOf, copySparse } from './sparse-copy.ts'

const inFolder = (use: (path: string) => Promise<void>) =>
  withDir(({ path }) => use(path), { unsafeCleanup: true })

const checksumAt = async (path: string): Promise<string> => {
  await using file = await open(path)
  return await checksumOf(file)
}

const copied = async (source: string, target: string): Promise<string> => {
  await using file = await open(source)
  return await copySparse(file, target)
}

/** Stretches of zeros and of other bytes, around the sizes at which copying goes in steps. */
const content = fc
  .array(
    fc.record({
      byte: fc.constantFrom(0, 0, 1, 255),
      length: fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(65_536, 1 << 20, (1 << 20) + 1)),
    }),
    { maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts.map(({ byte, length }) => Buffer.alloc(length, byte))))

describe('copySparse', () => {
  it('should copy any bytes as they are, with a checksum that the copy has too', async () => {
    await inFolder(async (folder) => {
      let count = 0
      await fc.assert(
        fc.asyncProperty(content, async (bytes) => {
          const [source, target] = [join(folder, `source${count}`), join(folder, `target${count++}`)]
          await writeFile(source, bytes)
          const checksum = await copied(source, target)
          expect((await readFile(target)).equals(bytes)).toBe(true)
          expect(await checksumAt(target)).toBe(checksum)
        }),
        { numRuns: 40 },
      )
    })
  })

  it('should leave out zeros', async () => {
    await inFolder(async (folder) => {
      const bytes = Buffer.alloc(32 << 20)
      bytes.write('something', 20 << 20)
      await writeFile(join(folder, 'source'), bytes)
      await copied(join(folder, 'source'), join(folder, 'target'))
      const { size, blocks } = await stat(join(folder, 'target'))
      expect(size).toBe(bytes.length)
      expect(blocks * 512).toBeLessThan(1 << 20)
    })
  })

  it('should replace nothing, and stop when told to', async () => {
    await inFolder(async (folder) => {
      const source = join(folder, 'source')
      await writeFile(source, Buffer.alloc(1 << 20))
      await expect(copied(source, source)).rejects.toMatchObject({ code: 'EEXIST' })
      await using file = await open(source)
      const stopped = copySparse(file, join(folder, 'target'), AbortSignal.abort(new Error('enough')))
      await expect(stopped).rejects.toThrow('enough')
    })
  })
})

describe('checksumOf', () => {
  it('should change with any byte, and with the length', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'file')
      const sumOf = async (bytes: Buffer) => {
        await writeFile(path, bytes)
        return await checksumAt(path)
      }
      await fc.assert(
        fc.asyncProperty(
          content,
          fc.nat(),
          fc.integer({ min: 1, max: 255 }),
          async (bytes, where, change) => {
            const before = await sumOf(bytes)
            expect(await sumOf(Buffer.concat([bytes, Buffer.alloc(1)]))).not.toBe(before)
            if (bytes.length === 0) return
            const at = where % bytes.length
            bytes.writeUInt8(bytes.readUInt8(at) ^ change, at)
            expect(await sumOf(bytes)).not.toBe(before)
          },
        ),
        { numRuns: 40 },
      )
    })
  })
})
