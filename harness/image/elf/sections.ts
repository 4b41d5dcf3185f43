import { cString } from './fields.ts'
import type { ElfHeader } from './header.ts'

const noBits = 8

/**
 * The bytes of the first section of that name, or undefined. Sections are a hint only (a running program needs
 * none, and `strip` or an attacker may remove them), so damaged section headers count as none.
 */
export const findSection = (header: ElfHeader, name: string): Buffer | undefined => {
  const { fields, sections } = header
  const expected = fields.wide ? 64 : 40
  if (sections.count === 0 || sections.entrySize !== expected || sections.names >= sections.count)
    return undefined
  if (sections.offset + sections.count * expected > fields.bytes.length) return undefined
  const names = sectionBytes(header, sections.names)
  if (names === undefined) return undefined
  for (let index = 1; index < sections.count; index += 1) {
    const at = fields.u32(sections.offset + index * expected, 'sh_name')
    // Longer than the wanted name by its NUL, so that a prefix is no match.
    if (at < names.length && cString(names.subarray(at), name.length + 1) === name) {
      return sectionBytes(header, index)
    }
  }
  return undefined
}

const sectionBytes = ({ fields, sections }: ElfHeader, index: number): Buffer | undefined => {
  const at = sections.offset + index * sections.entrySize
  const word = fields.wide ? 8 : 4
  if (fields.u32(at + 4, 'sh_type') === noBits) return undefined
  const offset = fields.word(at + 8 + 2 * word, 'sh_offset')
  const size = fields.word(at + 8 + 3 * word, 'sh_size')
  return offset + size <= fields.bytes.length ? fields.bytes.subarray(offset, offset + size) : undefined
}
