import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from '../elf.ts'
import { buildElf, type ElfParts } from '../testing/elf-builder.ts'

const pie = 0x08000000
const glibc = { type: 3, content: Buffer.from('/lib64/ld-linux-x86-64.so.2\0') }
const musl = { type: 3, content: Buffer.from('/lib/ld-musl-x86_64.so.1\0') }
const dynamic: ElfParts['dynamic'] = [
  [1, 'libc.so.6'],
  [0x6ffffffb, pie],
]
const rust = { '.comment': Buffer.from('GCC: (x) 1\0rustc version 1.85.0\0') }
const gcc = { '.comment': Buffer.from('GCC: (x) 1\0') }
const c: ElfParts = { segments: [glibc], dynamic }

const found = (guard: 'canary' | 'fortify', parts: ElfParts): ElfFile['canary']['found'] | undefined =>
  readElf(buildElf(parts))?.[guard].found

describe('canaries', () => {
  it.each<[string, string, ElfParts]>([
    ['yes', 'calls the function that they fail into', { ...c, imports: ['puts', '__stack_chk_fail'] }],
    ['no', 'calls others only', { ...c, imports: ['puts', 'x__stack_chk_fail'] }],
    ['not-applicable', 'is Rust', { ...c, sections: rust, imports: ['__stack_chk_fail'] }],
    ['not-applicable', 'is of no known language', { segments: [glibc] }],
    ['not-applicable', 'is static and stripped', { dynamic: [[0x6ffffffb, pie]], sections: gcc }],
    ['not-applicable', 'is a library that needs none', { dynamic: [[14, 'libx.so']], sections: gcc }],
  ])('should say %s of a program that %s', (verdict, _, parts) => {
    expect(found('canary', parts)).toBe(verdict)
  })

  it('should find the imports in either class, and by the hash table for exports', () => {
    for (const elfClass of [32, 64] as const) {
      const parts: ElfParts = { ...c, class: elfClass, machine: 40, imports: ['__stack_chk_fail'] }
      expect(found('canary', parts)).toBe('yes')
    }
  })
})

describe('checking functions', () => {
  it.each<[string, string, ElfParts]>([
    ['yes', 'calls one', { ...c, imports: ['__printf_chk', 'memcpy'] }],
    ['yes', 'calls one and a plain one', { ...c, imports: ['__memcpy_chk', 'printf'] }],
    ['no', 'calls plain ones that are always replaced', { ...c, imports: ['printf'] }],
    ['no', 'copies without a length', { ...c, imports: ['strcpy'] }],
    ['not-applicable', 'calls one that may have been proven harmless', { ...c, imports: ['memcpy'] }],
    ['not-applicable', 'calls the canary alone', { ...c, imports: ['__stack_chk_fail'] }],
    [
      'not-applicable',
      'stands on musl',
      { segments: [musl], dynamic: [[1, 'libc.so']], imports: ['printf'] },
    ],
    ['not-applicable', 'is static', { dynamic: [[0x6ffffffb, pie]], sections: gcc }],
    ['not-applicable', 'is Rust', { ...c, sections: rust, imports: ['printf'] }],
  ])('should say %s of a program that %s', (verdict, _, parts) => {
    expect(found('fortify', parts)).toBe(verdict)
  })
})
