import { describe, expect, it } from 'vitest'
import type { Program } from '../facts/elf-inventory.ts'
import { type ElfFile, readElf } from '../image/elf.ts'
import { MemoryTree } from '../image/memory-tree.ts'
import { buildElf } from '../image/testing/elf-builder.ts'
import { type ElfRule, type ElfRuleId, elfRules, type Surroundings } from './elf-rules.ts'

const bytes = buildElf({
  segments: [
    { type: 3, content: Buffer.from('/lib64/ld-linux-x86-64.so.2\0') },
    { type: 0x6474e552 },
    { type: 0x6474e551, flags: 6 },
  ],
  dynamic: [
    [1, 'libc.so.6'],
    [0x6ffffffb, 0x08000001],
  ],
})

const tree = new MemoryTree()
const folder = { type: 'directory', uid: 0, gid: 0 } as const
tree.put('/lib64/ld-linux-x86-64.so.2', { type: 'file', mode: 0o755, uid: 0, gid: 0 })
tree.put('/usr/bin/program', { type: 'file', mode: 0o755, uid: 0, gid: 0, content: bytes })
tree.put('/opt/lib', { ...folder, mode: 0o755 })
tree.put('/opt/open', { ...folder, mode: 0o777 })
tree.put('/opt/open/lib', { ...folder, mode: 0o755 })
tree.put('/opt/sticky', { ...folder, mode: 0o1777 })
tree.put('/opt/sticky/lib', { ...folder, mode: 0o755 })
tree.put('/home/lib', { ...folder, mode: 0o755, uid: 1000 })

const program = (change: Partial<ElfFile> = {}, root: string | undefined = ''): Program => {
  const elf = readElf(bytes)
  const entry = tree.get('/usr/bin/program')
  if (elf === undefined || entry === undefined) throw new Error('the program of this test is not whole')
  return { subject: entry.path, entry, tree, root, elf: { ...elf, ...change } }
}

const surroundings: Surroundings = {
  isWritable: (path) => path.startsWith('/tmp'),
  architecture: 'x86_64',
}

const verdict = (id: ElfRuleId, judged: Program, around = surroundings): 'good' | 'bad' | 'skip' => {
  const rule: ElfRule = elfRules[id]
  const examined = rule.examine(judged, around)
  return examined === 'skip' ? 'skip' : 'bad' in examined ? 'bad' : 'good'
}

const ids = Object.keys(elfRules) as ElfRuleId[]

describe('the rules for ELF files', () => {
  it.each(ids)('should find %s kept by a hardened program', (id) => {
    expect(verdict(id, program())).toBe('good')
  })

  it.each<[ElfRuleId, Partial<ElfFile>]>([
    ['elf.pie', { type: 'executable' }],
    ['elf.relro', { relro: 'partial' }],
    ['elf.relro', { relro: 'none' }],
    ['elf.stack', { nxStack: false }],
    ['elf.segments', { writableExecutableSegments: 1 }],
    ['elf.text-relocations', { textrel: true }],
    ['elf.search-path', { runpath: ['/tmp/x'] }],
    ['elf.interpreter', { interpreter: '/lib/ld-musl-x86_64.so.1' }],
    ['elf.interpreter', { interpreter: '/lib64' }],
    ['elf.machine', { machine: 'arm64' }],
  ])('should find %s broken by %j, and no other', (broken, change) => {
    for (const id of ids) expect(verdict(id, program(change))).toBe(id === broken ? 'bad' : 'good')
  })

  it.each(['relocatable', 'kernel-module', 'debug-symbols', 'core'] as const)(
    'should ask a file of type %s for its machine only',
    (type) => {
      for (const id of ids)
        expect(verdict(id, program({ type }))).toBe(id === 'elf.machine' ? 'good' : 'skip')
    },
  )

  it('should ask no library for PIE or a loader', () => {
    const library = program({ type: 'shared-library' })
    expect(verdict('elf.pie', library)).toBe('skip')
    expect(verdict('elf.interpreter', library)).toBe('skip')
    expect(verdict('elf.relro', library)).toBe('good')
  })

  it('should leave open what a loose file does not say', () => {
    expect(verdict('elf.interpreter', { ...program(), root: undefined })).toBe('skip')
    expect(verdict('elf.machine', program(), { ...surroundings, architecture: undefined })).toBe('skip')
    expect(verdict('elf.search-path', { ...program({ rpath: ['/absent'] }), root: undefined })).toBe('good')
  })
})

describe('search paths', () => {
  it.each([
    ['good', '/opt/lib'],
    ['good', '$ORIGIN'],
    ['good', '$ORIGIN/../lib'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as ld.so reads it
    ['good', '${ORIGIN}/lib'],
    ['good', '/opt/sticky/lib'],
    ['bad', ''],
    ['bad', 'lib'],
    ['bad', '/tmp/lib'],
    ['bad', '$ORIGIN/../../tmp'],
    ['bad', '/absent'],
    ['bad', '/opt/open'],
    ['bad', '/opt/open/lib'],
    ['bad', '/opt/sticky'],
    ['bad', '/home/lib'],
    ['bad', '/opt/$LIB'],
    ['bad', '$ORIGINAL/lib'],
  ])('should find %s: "%s"', (expected, path) => {
    expect(verdict('elf.search-path', program({ runpath: [path] }))).toBe(expected)
    expect(verdict('elf.search-path', program({ rpath: ['/opt/lib', path] }))).toBe(expected)
  })

  it('should find a library bad that is looked for in the working directory', () => {
    expect(verdict('elf.search-path', program({ needed: ['./libx.so'] }))).toBe('bad')
    expect(verdict('elf.search-path', program({ needed: ['/opt/lib/libx.so'] }))).toBe('good')
  })
})
