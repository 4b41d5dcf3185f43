import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from '../elf.ts'
import { buildElf, type ElfParts, elfWriter } from '../testing/elf-builder.ts'

const dt = { needed: 1, flags1: 0x6ffffffb }
const pt = { note: 4 }

const read = (parts: ElfParts): ElfFile => {
  const elf = readElf(buildElf(parts))
  if (elf === undefined) throw new Error('not recognised as ELF')
  return elf
}

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
      {
        dynamic: [[dt.flags1, 0x08000000]],
        sections: { '.rodata': Buffer.from('OCAMLRUNPARAM\0Stdlib.Exit'), '.comment': gcc },
      },
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
