import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from '../elf.ts'
import { buildElf, type ElfParts, elfWriter } from '../testing/elf-builder.ts'

const gcc = { '.comment': Buffer.from('GCC: (x) 1\0') }
const loader = (path: string) => ({ type: 3, content: Buffer.from(`${path}\0`) })
const staticPie: ElfParts['dynamic'] = [[0x6ffffffb, 0x08000000]]
const abiTag = Buffer.concat([
  ...[4, 16, 1].map((value) => elfWriter().int(value)),
  Buffer.from('GNU\0'),
  Buffer.alloc(16),
])

describe('the C library', () => {
  it.each<[ElfFile['libc'], string, ElfParts]>([
    ['glibc', 'its loader', { segments: [loader('/lib64/ld-linux-x86-64.so.2')] }],
    ['glibc', 'its loader on arm64', { segments: [loader('/lib/ld-linux-aarch64.so.1')] }],
    ['musl', 'its loader', { segments: [loader('/lib/ld-musl-aarch64.so.1')], dynamic: [[1, 'libc.so']] }],
    ['uclibc', 'its loader', { segments: [loader('/lib/ld64-uClibc.so.1')] }],
    ['bionic', 'its loader', { segments: [loader('/system/bin/linker64')], dynamic: [[1, 'libc.so']] }],
    ['glibc', 'what a library needs', { dynamic: [[1, 'libm.so.6']] }],
    ['musl', 'what a library needs', { dynamic: [[1, 'libc.musl-x86_64.so.1']] }],
    ['glibc', 'its own name', { dynamic: [[14, 'libc.so.6']] }],
    [
      'glibc',
      'a note',
      { dynamic: staticPie, sections: gcc, segments: [{ type: 4, alignment: 4, content: abiTag }] },
    ],
    ['musl', 'its words', { dynamic: staticPie, sections: { '.rodata': Buffer.from('-0X+0X 0X-0x+0x 0x') } }],
    [
      'musl',
      'the null device',
      { dynamic: staticPie, sections: { ...gcc, '.rodata': Buffer.from('/dev/null\0') } },
    ],
    [undefined, 'nothing', { dynamic: staticPie, sections: { '.rodata': Buffer.from('/dev/null\0') } }],
  ])('should be %s by %s', (libc, _, parts) => {
    expect(readElf(buildElf(parts))?.libc).toBe(libc)
  })
})
