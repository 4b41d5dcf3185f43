import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { type ElfFile, readElf, readElfFrom } from './elf.ts'
import { withDiskFile } from './elf-file.ts'
import { buildElf, type ElfParts, elfWriter } from './testing/elf-builder.ts'
import { damage, damageTo } from './testing/mutate.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/**
 * Inputs for each property. A nightly run takes 100,000:
 * `DRYDOCK_FUZZ_RUNS=100000 vitest run --project unit harness/image/elf-damaged.test.ts`
 */
const runs = Number(process.env.DRYDOCK_FUZZ_RUNS ?? 2000)
const timeout = 60_000 + runs * 20
/** Promised for any file; these take less than a millisecond. */
const mostMs = 10_000

const note = Buffer.concat([
  ...[4, 16, 5].map((value) => elfWriter().int(value)),
  Buffer.from('GNU\0'),
  Buffer.alloc(16),
])
const goBuild = Buffer.concat([
  Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'),
  Buffer.alloc(16),
  Buffer.from('\x06go1.24\x40'),
  Buffer.alloc(16, 1),
  Buffer.from('path\tx\nbuild\tGOARCH=amd64\n'),
  Buffer.alloc(32, 1),
])
const parts: ElfParts = {
  segments: [
    { type: 3, content: Buffer.from('/lib/ld.so\0') },
    { type: 0x6474e552 },
    { type: 0x6474e551, flags: 6 },
    { type: 4, content: note },
  ],
  dynamic: [
    [0x6ffffffb, 0x08000001],
    [1, 'libc.so.6'],
    [1, 'libgcc_s.so.1'],
    [29, '/opt'],
  ],
  imports: ['__stack_chk_fail', '_Unwind_GetIPInfo', '__printf_chk', 'strcpy'],
}
const samples: readonly (readonly [string, Buffer])[] = [
  ['a C program', buildElf({ ...parts, sections: { '.comment': Buffer.from('GCC: (x)') } })],
  ['a Go program', buildElf({ ...parts, sections: { '.go.buildinfo': goBuild } })],
  [
    'a static program',
    buildElf({ type: 2, sections: { '.rodata': Buffer.from('/rustc/\0GLIBC_TUNABLES') } }),
  ],
  [
    'a module',
    buildElf({ type: 1, sections: { '.modinfo': Buffer.from('license=GPL'), '.note.gnu.property': note } }),
  ],
  ['a 32-bit program', buildElf({ ...parts, class: 32, byteOrder: 'big', machine: 20 })],
]

/** Whether the reader took it; anything but facts or its one error fails the test, and so does taking long. */
const accepted = (read: () => ElfFile | undefined): boolean => {
  const started = performance.now()
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'ELF_DAMAGED') return false
    throw error
  } finally {
    expect(performance.now() - started).toBeLessThan(mostMs)
  }
}

describe('readElf on damaged files', () => {
  it.each(samples)('should answer every truncation of %s with facts or one error', (_, whole) => {
    for (let length = 0; length < whole.length; length += 1)
      accepted(() => readElf(whole.subarray(0, length)))
    expect(accepted(() => readElf(whole))).toBe(true)
  })

  it.each(samples)('should answer every damage to %s with facts or one error', { timeout }, (_, whole) => {
    fc.assert(
      fc.property(damageTo(whole), (change) => {
        accepted(() => readElf(damage(whole, change)))
      }),
      { numRuns: runs },
    )
  })

  it('should answer random bytes after the magic with facts or one error', { timeout }, () => {
    const byte = fc.constantFrom(1, 2)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), byte, byte, (random, kind, order) => {
        accepted(() => readElf(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, kind, order]), random])))
      }),
      { numRuns: runs },
    )
  })
})

/** A file with a terabyte behind its headers, of which the disk holds only these. */
const inHugeFile = async <Result>(headers: Buffer, use: (path: string) => Result): Promise<Result> => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'huge')
  const descriptor = openSync(path, 'w')
  writeSync(descriptor, headers)
  ftruncateSync(descriptor, 2 ** 40)
  closeSync(descriptor)
  return use(path)
}

const readDisk = (path: string): ElfFile | undefined =>
  withDiskFile(path, ({ bytes }) => bytes && readElfFrom(bytes))

describe('readElf on files that claim to be huge', () => {
  const size = 2 ** 40 - 2 ** 20

  /** Sets a field of 8 bytes of the program header with this type. */
  const setSegment = (bytes: Buffer, type: number, field: number, value: number): void => {
    for (let at = 64; at < 64 + 56 * bytes.readUInt16LE(56); at += 56) {
      if (bytes.readUInt32LE(at) === type) bytes.writeBigUInt64LE(BigInt(value), at + field)
    }
  }
  const sizeInFile = 32

  it.each([
    ['a dynamic section', 2, false],
    ['a note', 4, true],
    ['an interpreter', 3, true],
    ['a segment with everything', 1, true],
  ])('should read little of %s of a terabyte', async (_, type, isAccepted) => {
    const bytes = buildElf(parts)
    setSegment(bytes, type, sizeInFile, size)
    const before = process.memoryUsage.rss()
    const result = await inHugeFile(bytes, (path) => accepted(() => readDisk(path)))
    expect(result).toBe(isAccepted)
    expect(process.memoryUsage.rss() - before).toBeLessThan(512 * 1024 ** 2)
  })

  it('should read little of tables that span everything, and of a program that says nothing', {
    timeout,
  }, async () => {
    const dynamic: ElfParts['dynamic'] = [
      [0x6ffffffb, 0x08000001],
      [10, size],
      [11, 24],
    ]
    const huge = buildElf({ dynamic, imports: ['a'] })
    setSegment(huge, 1, sizeInFile, size)
    expect(await inHugeFile(huge, (path) => accepted(() => readDisk(path)))).toBe(true)
    const sections = buildElf({ type: 2, sections: { '.comment': Buffer.from('x') } })
    setSegment(sections, 1, sizeInFile, size)
    expect(await inHugeFile(sections, (path) => accepted(() => readDisk(path)))).toBe(true)
  })

  it('should not compare names for ever', () => {
    const names = Buffer.alloc(4 * 1024 ** 2, 'a')
    const imports = Array.from({ length: 60_000 }, (_, index) => `f${index}`)
    const bytes = buildElf({ dynamic: [[1, 'libc.so.6']], imports, sections: { '.x': names } })
    expect(accepted(() => readElf(bytes))).toBe(true)
  })
})
