import type { Dynamic } from './dynamic.ts'
import { type GoBuild, readGoBuild } from './go-build.ts'
import { type ElfHeader, objectType } from './header.ts'
import {
  goBuildInfoMark,
  isBaseLanguage,
  type Language,
  languageByHints,
  languageByTexts,
  languageTexts,
} from './language.ts'
import { type Libc, libcByNames, libcByTexts, libcTexts } from './libc.ts'
import type { Note } from './notes.ts'
import { type Section, sectionBytes } from './sections.ts'
import { searchTexts, type TextMark } from './text-search.ts'

/** What a program was made with. Guesses, from what compilers and linkers leave behind. */
export interface Origin {
  readonly language: Language | undefined
  /** Undefined where it stands on none, or nothing tells. */
  readonly libc: Libc | undefined
  /** For Go, where its build information is whole. */
  readonly go: GoBuild | undefined
}

/** The parts of a file that tell. */
export interface OriginParts {
  readonly sections: readonly Section[]
  readonly notes: readonly Note[]
  readonly dynamic: Dynamic | undefined
  readonly interpreter: string | undefined
  readonly imports: readonly string[] | undefined
  /** Whether it is a program, rather than a library. */
  readonly isProgram: boolean
}

const goSection = '.go.buildinfo'
const nothing: ReadonlyMap<TextMark, number> = new Map()
const allTexts = [...languageTexts, ...libcTexts]

export const originOf = (header: ElfHeader, parts: OriginParts): Origin => {
  const { sections, notes, dynamic, interpreter, imports, isProgram } = parts
  const hinted = languageByHints({
    owners: notes.map(({ owner }) => owner),
    sections: sections.map(({ name }) => name),
    comment: sectionBytes(header.bytes, sections, '.comment')?.toString('latin1') ?? '',
    needed: dynamic?.needed ?? [],
    imports: imports ?? [],
    exports: isProgram && dynamic !== undefined ? dynamic.strings : Buffer.alloc(0),
  })
  const texts = mayHide(header, parts, hinted) ? searchTexts(header, allTexts) : nothing
  const language = isBaseLanguage(hinted) ? moreSpecific(hinted, languageByTexts(texts)) : hinted
  const ownStart = language === 'go' || language === 'zig' || language === undefined
  return {
    language,
    libc:
      libcByNames(interpreter, [...(dynamic?.needed ?? []), ...(dynamic?.soname ? [dynamic.soname] : [])]) ??
      libcByTexts(notes, ownStart ? nothing : texts),
    go: language === 'go' ? goBuild(header, sections, texts) : undefined,
  }
}

const moreSpecific = (hinted: Language | undefined, read: Language | undefined): Language | undefined =>
  read === undefined || read === 'c' ? (hinted ?? read) : read

/**
 * Whether reading its constants could say more than its tables do. It costs time, so what takes its C library from
 * outside is believed, unless it walks its own stack: Rust's run time does that, C programs do not.
 */
const mayHide = (header: ElfHeader, parts: OriginParts, hinted: Language | undefined): boolean => {
  if (header.type !== objectType.executable && header.type !== objectType.shared) return false
  const isStatic = (parts.dynamic?.needed.length ?? 0) === 0
  if (hinted === 'go') return !parts.sections.some(({ name }) => name === goSection)
  if (!isBaseLanguage(hinted)) return isStatic
  return (
    hinted === undefined ||
    parts.sections.length === 0 ||
    (isStatic && parts.isProgram) ||
    (parts.imports ?? []).some((name) => /^_Unwind_(Backtrace|GetIP|GetLanguageSpecificData)/.test(name))
  )
}

const goBuild = (
  header: ElfHeader,
  sections: readonly Section[],
  texts: ReadonlyMap<TextMark, number>,
): GoBuild | undefined => {
  const offset = sections.find(({ name }) => name === goSection)?.offset ?? texts.get(goBuildInfoMark)
  return offset === undefined ? undefined : readGoBuild(header, offset)
}
