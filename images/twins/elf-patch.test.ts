import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from '../../harness/image/elf.ts'
import { buildElf } from '../../harness/image/testing/elf-builder.ts'
import { elfPatches } from './elf-patch.ts'

const stack = 0x6474e551
const relro = 0x6474e552
const bindNow = 8

const program = (): Buffer =>
  buildElf({
    segments: [
      { type: 3, flags: 4, content: Buffer.from('/lib64/ld-linux-x86-64.so.2\0') },
      { type: stack, flags: 6 },
      { type: relro, flags: 4 },
    ],
    // DT_NEEDED twice, the second standing for a symbol's name; DT_DEBUG; DT_FLAGS; DT_FLAGS_1 (PIE)
    dynamic: [
      [1, 'libc.so.6'],
      [1, '__libc_start_main'],
      [21, 0],
      [30, bindNow],
      [0x6ffffffb, 0x08000001],
    ],
  })

const patched = (name: string): ElfFile | undefined => {
  const bytes = program()
  elfPatches[name]?.(bytes)
  return readElf(bytes)
}

const flaws: readonly [string, Partial<ElfFile>][] = [
  ['non-pie', { type: 'executable' }],
  ['no-relro', { relro: 'none' }],
  ['exec-stack', { gnuStack: 'executable', nxStack: false }],
  ['wx-segment', { writableExecutableSegments: 1 }],
  ['textrel', { textrel: true }],
  ['rpath', { runpath: ['/tmp'] }],
  ['bad-interpreter', { interpreter: '/lib/ld-none.so' }],
  ['wrong-machine', { machine: 'arm64' }],
]

describe('elfPatches', () => {
  it('should start from a program that keeps every claim', () => {
    expect(readElf(program())).toMatchObject({
      type: 'pie',
      relro: 'full',
      gnuStack: 'non-executable',
      writableExecutableSegments: 0,
      textrel: false,
      runpath: [],
      machine: 'x86_64',
    })
  })

  it.each(flaws)('should take exactly one thing away: %s', (name, flaw) => {
    // The search path lies where a name was, which the list of needed libraries of this made-up program shows.
    const { needed: _before, ...before } = readElf(program()) ?? {}
    const { needed: _after, ...after } = patched(name) ?? {}
    expect(after).toEqual({ ...before, ...flaw })
  })

  it('should know each patch that is tested here', () => {
    expect(Object.keys(elfPatches).sort()).toEqual(flaws.map(([name]) => name).sort())
  })
})
