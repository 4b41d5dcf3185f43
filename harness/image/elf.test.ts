import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { type ElfFile, readElf } from './elf.ts'
import { buildElf, type ElfParts, elfWriter } from './testing/elf-builder.ts'

const dt = {
  needed: 1,
  soname: 14,
  rpath: 15,
  textrel: 22,
  bindNow: 24,
  runpath: 29,
  flags: 30,
  flags1: 0x6ffffffb,
}
const pt = { load: 1, interpreter: 3, note: 4, stack: 0x6474e551, relro: 0x6474e552, property: 0x6474e553 }
const pie = 0x08000000

const interpreter = { type: pt.interpreter, content: Buffer.from('/lib64/ld-linux-x86-64.so.2\0') }
const relro = { type: pt.relro }
const stack = { type: pt.stack, flags: 6 }

const read = (parts: ElfParts): ElfFile => {
  const elf = readElf(buildElf(parts))
  if (elf === undefined) throw new Error('not recognised as ELF')
  return elf
}

describe('readElf', () => {
  it('should leave what is not ELF alone', () => {
    expect(readElf(Buffer.alloc(0))).toBeUndefined()
    expect(readElf(Buffer.from('#!/bin/sh\n'))).toBeUndefined()
  })

  it.each<[string, ElfParts]>([
    ['executable', { type: 2 }],
    ['pie', { segments: [interpreter], dynamic: [[dt.flags1, pie]] }],
    ['pie', { segments: [interpreter], dynamic: [[dt.needed, 'libc.so.6']] }],
    ['static-pie', { dynamic: [[dt.flags1, pie]] }],
    ['shared-library', { dynamic: [[dt.soname, 'libx.so.1']] }],
    ['shared-library', { dynamic: [] }],
    ['shared-library', { segments: [interpreter], dynamic: [[dt.soname, 'libc.so.6']] }],
    ['relocatable', { type: 1 }],
    ['core', { type: 4 }],
    ['other', { type: 0xfe00 }],
  ])('should tell that it is %s', (type, parts) => {
    expect(read(parts).type).toBe(type)
  })

  it.each<[ElfFile['relro'], ElfParts]>([
    ['none', { dynamic: [[dt.flags1, pie | 1]] }],
    ['partial', { segments: [relro], dynamic: [[dt.flags1, pie]] }],
    ['full', { segments: [relro], dynamic: [[dt.flags1, pie | 1]] }],
    ['full', { segments: [relro], dynamic: [[dt.flags, 8]] }],
    ['full', { segments: [relro], dynamic: [[dt.bindNow, 0]] }],
    ['full', { type: 2, segments: [relro] }],
    ['none', { type: 2 }],
  ])('should tell %s RELRO', (expected, parts) => {
    expect(read(parts).relro).toBe(expected)
  })

  it.each([
    { machine: 62, segments: [stack], gnuStack: 'non-executable', nxStack: true },
    { machine: 62, segments: [{ ...stack, flags: 7 }], gnuStack: 'executable', nxStack: false },
    { machine: 62, segments: [], gnuStack: 'missing', nxStack: false },
    { machine: 183, segments: [], gnuStack: 'missing', nxStack: true },
    { machine: 183, segments: [{ ...stack, flags: 7 }], gnuStack: 'executable', nxStack: false },
  ])('should judge the stack of machine $machine with PT_GNU_STACK $gnuStack', (row) => {
    expect(read(row)).toMatchObject({ gnuStack: row.gnuStack, nxStack: row.nxStack })
  })

  it('should count all segments that are writable and executable', () => {
    const wx = { type: pt.load, flags: 7 }
    expect(read({ segments: [wx, stack, { type: pt.load, flags: 6 }, wx] }).writableExecutableSegments).toBe(
      2,
    )
    expect(read({ segments: [{ ...stack, flags: 7 }] }).writableExecutableSegments).toBe(0)
  })

  it('should find text relocations in either form', () => {
    expect(read({ dynamic: [[dt.textrel, 0]] }).textrel).toBe(true)
    expect(read({ dynamic: [[dt.flags, 4]] }).textrel).toBe(true)
    expect(read({ dynamic: [[dt.flags, 8]] }).textrel).toBe(false)
  })

  it('should list libraries and search paths', () => {
    const dynamic: ElfParts['dynamic'] = [
      [dt.needed, 'libseccomp.so.2'],
      [dt.needed, 'libc.so.6'],
      [dt.rpath, '/opt/a:$ORIGIN/b'],
      [dt.runpath, ''],
    ]
    expect(read({ dynamic })).toMatchObject({
      needed: ['libseccomp.so.2', 'libc.so.6'],
      rpath: ['/opt/a', '$ORIGIN/b'],
      runpath: [''],
    })
  })

  it('should read both classes and byte orders', () => {
    for (const byteOrder of ['little', 'big'] as const) {
      for (const elfClass of [32, 64] as const) {
        const elf = read({
          class: elfClass,
          byteOrder,
          machine: 22,
          segments: [interpreter, relro, stack],
          dynamic: [
            [dt.flags1, pie | 1],
            [dt.needed, 'libc.so.6'],
          ],
        })
        expect(elf).toMatchObject({
          machine: 's390x',
          class: elfClass,
          byteOrder,
          type: 'pie',
          relro: 'full',
        })
        expect(elf.interpreter).toBe('/lib64/ld-linux-x86-64.so.2')
        expect(elf.needed).toEqual(['libc.so.6'])
      }
    }
  })

  it('should name machines, known or not', () => {
    expect(read({ machine: 183 }).machine).toBe('arm64')
    expect(read({ machine: 4242 }).machine).toBe('machine-4242')
  })

  it.each([0x3f, 0xff])('should refuse class and byte order %i', (value) => {
    const bytes = buildElf()
    bytes[4] = value
    expect(() => readElf(bytes)).toThrow(/^damaged ELF file: expected class 1 or 2/)
  })

  it('should refuse a file that ends before what its headers point to', () => {
    expect(() => readElf(buildElf().subarray(0, 40))).toThrow(
      /expected the ELF header at bytes 0\.\.64, found the end at 40/,
    )
    expect(() => readElf(buildElf({ segments: [interpreter] }).subarray(0, 180))).toThrow(
      /expected the interpreter at/,
    )
  })
})

describe('property notes', () => {
  const note = (parts: ElfParts, properties: readonly (readonly [number, number])[]): Buffer => {
    const out = elfWriter(parts)
    const padding = Buffer.alloc(parts.class === 32 ? 0 : 4)
    const content = Buffer.concat(
      properties.flatMap(([type, value]) => [out.int(type), out.int(4), out.int(value), padding]),
    )
    return Buffer.concat([out.int(4), out.int(content.length), out.int(5), Buffer.from('GNU\0'), content])
  }
  const other = Buffer.concat(
    [4, 4, 1].map((value) => elfWriter().int(value)).concat(Buffer.from('GNU\0abcd')),
  )

  it.each([
    [62, 0xc0000002, 3, { ibt: true, shstk: true, bti: false, pac: false }],
    [62, 0xc0000002, 1, { ibt: true, shstk: false, bti: false, pac: false }],
    [183, 0xc0000000, 3, { ibt: false, shstk: false, bti: true, pac: true }],
    [183, 0xc0000000, 2, { ibt: false, shstk: false, bti: false, pac: true }],
    [183, 0xc0000002, 3, { ibt: false, shstk: false, bti: false, pac: false }],
  ])('should read features of machine %i', (machine, type, value, marks) => {
    const content = note({}, [
      [0xc0008002, 7],
      [type, value],
    ])
    expect(read({ machine, segments: [{ type: pt.property, content }] })).toMatchObject(marks)
    expect(read({ machine, segments: [{ type: pt.note, content, alignment: 8 }] })).toMatchObject(marks)
  })

  it('should keep to the alignment of the class', () => {
    const content = note({ class: 32 }, [
      [0xc0008002, 7],
      [0xc0000002, 3],
    ])
    const elf = read({ class: 32, machine: 3, segments: [{ type: pt.note, content, alignment: 4 }] })
    expect(elf).toMatchObject({ ibt: true, shstk: true })
  })

  it('should find the note behind others, and in a section of a kernel module', () => {
    const content = Buffer.concat([other, Buffer.alloc(4), note({}, [[0xc0000002, 3]])])
    expect(read({ segments: [{ type: pt.note, content, alignment: 8 }] }).ibt).toBe(true)
    expect(read({ segments: [{ type: pt.note, content: other, alignment: 4 }] }).ibt).toBe(false)
  })
})

describe('the language of a program', () => {
  const go = Buffer.concat([Buffer.from('\xff Go buildinf:', 'latin1'), Buffer.alloc(18)])
  const goNote = Buffer.concat([
    ...[4, 4, 4].map((value) => elfWriter().int(value)),
    Buffer.from('Go\0\0abcd'),
  ])
  const gcc = Buffer.from('GCC: (Debian 14.2.0-19) 14.2.0\0')
  const rustPath = Buffer.from(
    '/rustc/9fc6b43126469e3858e2fe86cafb4f0fd5068869/library/core/src/panicking.rs',
  )

  it.each<[ElfFile['language'], string, ElfParts]>([
    ['go', 'a section', { sections: { '.go.buildinfo': go, '.comment': gcc } }],
    ['go', 'a note', { segments: [{ type: pt.note, content: goNote, alignment: 4 }] }],
    [
      'rust',
      'its comment',
      { sections: { '.comment': Buffer.concat([gcc, Buffer.from('rustc version 1.85.0')]) } },
    ],
    ['rust', 'panic messages', { sections: { '.rodata': rustPath } }],
    [
      'ocaml',
      'its run time',
      { sections: { '.rodata': Buffer.from('OCAMLRUNPARAM\0Stdlib.Exit'), '.comment': gcc } },
    ],
    ['c', 'its comment', { sections: { '.comment': gcc } }],
    ['c', 'its library', { dynamic: [[dt.needed, 'libc.so.6']] }],
    [undefined, 'nothing', { sections: { '.rodata': Buffer.from('GCC: (only talk) /rustc/none/library/') } }],
    [undefined, 'a name that only starts alike', { sections: { '.comment.x': gcc } }],
  ])('should be %s by %s', (language, _, parts) => {
    expect(read(parts).language).toBe(language)
  })

  it('should take only an aligned build information for Go', () => {
    const content = Buffer.concat([Buffer.alloc(16 - (120 % 16)), go])
    const at = buildElf({ segments: [{ type: 0x70000000, content }] }).indexOf('Go buildinf') - 2
    const shifted = Buffer.concat([Buffer.alloc((16 - (at % 16)) % 16), content])
    expect(read({ segments: [{ type: 0x70000000, content: shifted }] }).language).toBe('go')
    expect(
      read({ segments: [{ type: 0x70000000, content: Buffer.concat([Buffer.from([0]), shifted]) }] })
        .language,
    ).toBeUndefined()
  })
})

describe('readElf on files of this host', () => {
  it.runIf(existsSync('/bin/ls'))('should read /bin/ls', () => {
    expect(readElf(readFileSync('/bin/ls'))).toMatchObject({
      type: 'pie',
      interpreter: expect.stringMatching(/ld-/),
      nxStack: true,
      writableExecutableSegments: 0,
      textrel: false,
      language: 'c',
    })
  })

  it('should read node itself', () => {
    expect(readElf(readFileSync(process.execPath))).toMatchObject({
      machine: expect.any(String),
      nxStack: true,
    })
  })
})

describe('readElf on damaged files', () => {
  const whole = buildElf({
    segments: [
      interpreter,
      relro,
      stack,
      {
        type: pt.note,
        content: Buffer.concat([
          ...[4, 16, 5].map((value) => elfWriter().int(value)),
          Buffer.from('GNU\0'),
          Buffer.alloc(16),
        ]),
      },
    ],
    dynamic: [
      [dt.flags1, pie | 1],
      [dt.needed, 'libc.so.6'],
      [dt.runpath, '/opt'],
    ],
    sections: { '.comment': Buffer.from('GCC: (x)'), '.go.buildinfo': Buffer.alloc(32) },
  })
  const accepted = (bytes: Buffer): boolean => {
    try {
      readElf(bytes)
      return true
    } catch (error) {
      if (error instanceof DrydockError && error.code === 'ELF_DAMAGED') return false
      throw error
    }
  }

  it('should answer every truncation with facts or one error', () => {
    for (let length = 0; length <= whole.length; length += 1) accepted(whole.subarray(0, length))
    expect(accepted(whole)).toBe(true)
  })

  it('should answer every change of bytes with facts or one error', () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 2, 8, 0x7f, 0x80, 0xff))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        accepted(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('should answer random bytes after the magic with facts or one error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        (random, kind, order) => {
          accepted(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, kind, order]), random]))
        },
      ),
    )
  })
})
