import type { Fields } from './fields.ts'
import { type ElfHeader, machineType, segmentType } from './header.ts'
import type { Sections } from './sections.ts'

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

/** Notes that GNU tools write (elf.h, `NT_GNU_*`), and Go's own name for a build. */
const noteType = { abiTag: 1, buildId: 3, property: 5, goBuildId: 4 } as const

// Linux ABI extensions to the gABI: the two GNU_PROPERTY_*_FEATURE_1_AND.
const x86Feature = 0xc000_0002
const armFeature = 0xc000_0000
const maxNotes = 1024
// A core file has notes of any size, and none that matters here.
const maxNoteBytes = 1024 ** 2

/** All notes of the file: of its PT_NOTE segments, or of its sections where it has no segments; and its build id. */
export const readNotes = (header: ElfHeader, sections: Sections): Note[] => {
  const { bytes, segments } = header
  const ownAlignment = bytes.wide ? 8 : 4
  const pieces = segments
    .filter(({ type }) => type === segmentType.note || type === segmentType.gnuProperty)
    .map(({ offset, fileSize, alignment }) => ({
      content: bytes.slice(offset, Math.min(fileSize, maxNoteBytes), 'a note segment'),
      alignment: alignment === 8 ? 8 : 4,
    }))
  // Go's linker leaves the build id outside its note segment; what the loader heeds counts only inside.
  const named: readonly (readonly [string, number])[] = [
    ['.note.gnu.build-id', 4],
    ...(segments.length === 0 ? ([['.note.gnu.property', ownAlignment]] as const) : []),
  ]
  for (const [name, alignment] of named) {
    const content = sections.contentOf(name)
    if (content !== undefined) pieces.push({ content, alignment })
  }
  return pieces.flatMap(({ content, alignment }) => splitNotes(bytes.fields(content), alignment))
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

const gnuNote = (notes: readonly Note[], wanted: number): Buffer | undefined =>
  notes.find(({ owner, type }) => owner === 'GNU' && type === wanted)?.content

export const controlFlowMarks = (header: ElfHeader, notes: readonly Note[]): ControlFlowMarks => {
  const content = gnuNote(notes, noteType.property)
  const features = content === undefined ? new Map() : readProperties(header.bytes.fields(content))
  const { x86_64, i386, arm64 } = machineType
  const x86 = header.machine === x86_64 || header.machine === i386 ? (features.get(x86Feature) ?? 0) : 0
  const arm = header.machine === arm64 ? (features.get(armFeature) ?? 0) : 0
  return {
    bti: (arm & 1) !== 0,
    pac: (arm & 2) !== 0,
    ibt: (x86 & 1) !== 0,
    shstk: (x86 & 2) !== 0,
  }
}

/** The linker's name for this build in hex digits, or Go's as it is. */
export const buildIdOf = (notes: readonly Note[]): string | undefined => {
  const go = notes.find(({ owner, type }) => owner === 'Go' && type === noteType.goBuildId)
  return gnuNote(notes, noteType.buildId)?.toString('hex') ?? go?.content.toString('latin1')
}

/** glibc's start files leave it in every program, static ones too. */
export const hasGlibcAbiTag = (notes: readonly Note[]): boolean =>
  gnuNote(notes, noteType.abiTag) !== undefined

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
