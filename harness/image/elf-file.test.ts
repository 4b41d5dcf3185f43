import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf, readElfFrom } from './elf.ts'
import { withDiskFile } from './elf-file.ts'
import { buildElf } from './testing/elf-builder.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const readDisk = (path: string): ElfFile | undefined =>
  withDiskFile(path, ({ bytes }) => bytes && readElfFrom(bytes))

/** Parts at both ends and in the middle. */
const elfOf = (bytes: number): Buffer =>
  buildElf({
    segments: [
      { type: 4, alignment: 4, content: Buffer.from('\x04\0\0\0\x04\0\0\0\x03\0\0\0GNU\0abcd', 'latin1') },
      { type: 0x70000000, content: Buffer.alloc(bytes) },
    ],
    dynamic: [
      [1, 'libc.so.6'],
      [29, '/opt/lib'],
    ],
    imports: ['__stack_chk_fail', '__printf_chk'],
    sections: { '.rest': Buffer.alloc(bytes), '.comment': Buffer.from('GCC: (x) 1') },
  })

describe('withDiskFile', () => {
  it.each([0, 1000, 8000, 20_000, 3_000_000])(
    'should give the reader the same as memory does, around %i bytes',
    async (size) => {
      await using folder = await temporaryFolder()
      const path = join(folder.path, 'file')
      const bytes = elfOf(size)
      writeFileSync(path, bytes)
      const read = readDisk(path)
      expect(read).toEqual(readElf(bytes))
      expect(read).toMatchObject({ buildId: '61626364', canary: { found: 'yes' }, fortify: { found: 'yes' } })
    },
  )

  it('should give exactly the bytes of any range that exist', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'file')
    const whole = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 251))
    writeFileSync(path, whole)
    withDiskFile(path, ({ bytes }) => {
      fc.assert(
        fc.property(fc.nat(80_000), fc.nat(80_000), (offset, length) => {
          const read = bytes?.read(offset, length)
          expect(read?.equals(whole.subarray(offset, offset + length))).toBe(true)
        }),
      )
    })
  })

  it('should keep what one file said when the next one takes its memory', async () => {
    await using folder = await temporaryFolder()
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')]
    writeFileSync(one, elfOf(0))
    writeFileSync(two, Buffer.alloc(50_000, 0xff))
    const before = readDisk(one)
    expect(readDisk(two)).toBeUndefined()
    expect(before).toEqual(readElf(elfOf(0)))
  })

  it('should neither wait for a FIFO nor read a folder', async () => {
    await using folder = await temporaryFolder()
    const fifo = join(folder.path, 'fifo')
    execFileSync('mkfifo', [fifo])
    expect(withDiskFile(fifo, ({ bytes }) => bytes)).toBeUndefined()
    expect(withDiskFile(folder.path, ({ bytes, stats }) => [bytes, stats.isDirectory()])).toEqual([
      undefined,
      true,
    ])
    expect(() => withDiskFile(join(folder.path, 'absent'), () => 0)).toThrow(/ENOENT/)
  })
})
