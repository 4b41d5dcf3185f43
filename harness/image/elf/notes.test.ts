import { describe, expect, it } from 'vitest'
import { type ElfFile, readElf } from '../elf.ts'
import { buildElf, type ElfParts, elfWriter } from '../testing/elf-builder.ts'

const pt = { note: 4, property: 0x6474e553 }

const read = (parts: ElfParts): ElfFile => {
  const elf = readElf(buildElf(parts))
  if (elf === undefined) throw new Error('not recognised as ELF')
  return elf
}

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
