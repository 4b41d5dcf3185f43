import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from './elf.ts'
import { buildElf, type ElfParts } from './testing/elf-builder.ts'

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
const pt = { load: 1, interpreter: 3, stack: 0x6474e551, relro: 0x6474e552 }
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
