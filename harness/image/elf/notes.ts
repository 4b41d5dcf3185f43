import type { Fields } from './fields.ts'
import { type ElfHeader, segmentType } from './header.ts'
import { findSection } from './sections.ts'

/** One entry of a PT_NOTE segment. */
export interface Note {
  readonly owner: string
  readonly type: number
  readonly content: Buffer
}

/** The control-flow protections that the linker marked the whole file with. */
export interface ControlFlowMarks {
  /** arm64: branch target identification, and return addresses signed. */
  readonly bti: boolean
  readonly pac: boolean
  /** x86: indirect branch tracking, and shadow stack. */
  readonly ibt: boolean
  readonly shstk: boolean
}

// Linux ABI extensions to the gABI: NT_GNU_PROPERTY_TYPE_0 and the two GNU_PROPERTY_*_FEATURE_1_AND.
const propertyNote = 5
const x86Feature = 0xc000_0002
const armFeature = 0xc000_0000
const maxNotes = 1024

/** All notes of the file: of its PT_NOTE segments, or of `.note.gnu.property` where it has no segments. */
export const readNotes = (header: ElfHeader): Note[] => {
  const { fields, segments } = header
  const pieces = segments
    .filter(({ type }) => type === segmentType.note || type === segmentType.gnuProperty)
    .map(({ offset, fileSize, alignment }) => ({
      bytes: fields.slice(offset, fileSize, 'a note segment'),
      alignment: alignment === 8 ? 8 : 4,
    }))
  const section = segments.length === 0 ? findSection(header, '.note.gnu.property') : undefined
  if (section !== undefined) pieces.push({ bytes: section, alignment: fields.wide ? 8 : 4 })
  return pieces.flatMap(({ bytes, alignment }) => splitNotes(fields.within(bytes), alignment))
}

/** Stops at the first entry that does not fit: the loader ignores what follows, too. */
const splitNotes = (fields: Fields, alignment: number): Note[] => {
  const notes: Note[] = []
  let at = 0
  while (at + 12 <= fields.bytes.length && notes.length < maxNotes) {
    const [nameSize, size] = [fields.u32(at, 'a note'), fields.u32(at + 4, 'a note')]
    const start = alignUp(at + 12 + nameSize, alignment)
    if (start + size > fields.bytes.length) break
    notes.push({
      owner: fields.bytes.toString('latin1', at + 12, at + 12 + Math.min(nameSize, 64)).replace(/\0+$/, ''),
      type: fields.u32(at + 8, 'a note'),
      content: fields.bytes.subarray(start, start + size),
    })
    at = alignUp(start + size, alignment)
  }
  return notes
}

export const controlFlowMarks = (header: ElfHeader, notes: readonly Note[]): ControlFlowMarks => {
  const note = notes.find(({ owner, type }) => owner === 'GNU' && type === propertyNote)
  const features = note === undefined ? new Map() : readProperties(header.fields.within(note.content))
  const x86 = header.machine === 62 || header.machine === 3 ? (features.get(x86Feature) ?? 0) : 0
  const arm = header.machine === 183 ? (features.get(armFeature) ?? 0) : 0
  return {
    bti: (arm & 1) !== 0,
    pac: (arm & 2) !== 0,
    ibt: (x86 & 1) !== 0,
    shstk: (x86 & 2) !== 0,
  }
}

/** Properties with a value of 4 bytes, by type; each entry is padded to the word size of the class. */
const readProperties = (fields: Fields): Map<number, number> => {
  const values = new Map<number, number>()
  let at = 0
  while (at + 8 <= fields.bytes.length && values.size < maxNotes) {
    const [type, size] = [fields.u32(at, 'a property'), fields.u32(at + 4, 'a property')]
    if (at + 8 + size > fields.bytes.length) break
    if (size === 4) values.set(type, fields.u32(at + 8, 'a property'))
    at = alignUp(at + 8 + size, fields.wide ? 8 : 4)
  }
  return values
}

const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment
