import type { Dynamic } from './dynamic.ts'
import { type GoBuild, readGoBuild } from './go-build.ts'
import { type ElfHeader, objectType } from './header.ts'
import {
  goBuildInfoMark,
  hiddenTexts,
  isBaseLanguage,
  type Language,
  languageByHints,
  languageByTexts,
  languageTexts,
} from './language.ts'
import { type Libc, libcByNames, libcByTexts, libcTexts } from './libc.ts'
import type { Note } from './notes.ts'
import type { Sections } from './sections.ts'
import type { Imports } from './symbols.ts'
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
  readonly sections: Sections
  readonly notes: readonly Note[]
  readonly dynamic: Dynamic | undefined
  readonly interpreter: string | undefined
  readonly imports: Imports | undefined
  /** Whether it is a program, rather than a library. */
  readonly isProgram: boolean
}

const goSection = '.go.buildinfo'
const allTexts = [...new Set([...languageTexts, ...libcTexts])]
// A run time that is exported fills the table; looking on through megabytes of another's names finds nothing.
const exportBytes = 64 * 1024
const nothing = Buffer.alloc(0)

export const originOf = (header: ElfHeader, parts: OriginParts): Origin => {
  const { sections, notes, dynamic, interpreter, imports, isProgram } = parts
  const hinted = languageByHints({
    owners: notes.map(({ owner }) => owner),
    hasSection: (name) => sections.named(name) !== undefined,
    comment: sections.contentOf('.comment')?.toString('latin1') ?? '',
    needed: dynamic?.needed ?? [],
    imports: imports?.reserved ?? [],
    exports: (isProgram ? dynamic?.strings.subarray(0, exportBytes) : undefined) ?? nothing,
  })
  const texts = searchTexts(header, wantedTexts(header, parts, hinted))
  const language = isBaseLanguage(hinted) ? moreSpecific(hinted, languageByTexts(texts)) : hinted
  const startsItself = language === 'go' || language === 'zig' || language === undefined
  return {
    language,
    libc:
      libcByNames(interpreter, [...(dynamic?.needed ?? []), ...(dynamic?.soname ? [dynamic.soname] : [])]) ??
      libcByTexts(notes, texts, startsItself),
    go: language === 'go' ? goBuild(header, sections, texts) : undefined,
  }
}

const moreSpecific = (hinted: Language | undefined, read: Language | undefined): Language | undefined =>
  read === undefined || read === 'c' ? (hinted ?? read) : read

/**
 * What to look for among the file's constants, which could say more than its tables do. It costs time, so what takes its
 * C library from outside is believed, unless its imports are those of another run time.
 */
const wantedTexts = (
  header: ElfHeader,
  parts: OriginParts,
  hinted: Language | undefined,
): readonly TextMark[] => {
  if (header.type !== objectType.executable && header.type !== objectType.shared) return []
  const isStatic = (parts.dynamic?.needed.length ?? 0) === 0
  if (hinted === 'go') return parts.sections.named(goSection) === undefined ? allTexts : []
  if (!isBaseLanguage(hinted)) return isStatic ? libcTexts : []
  if (hinted === undefined || parts.sections.count === 0 || (isStatic && parts.isProgram)) return allTexts
  return hiddenTexts(parts.dynamic?.needed ?? [], parts.imports?.reserved ?? [])
}

const goBuild = (
  header: ElfHeader,
  sections: Sections,
  texts: ReadonlyMap<TextMark, number>,
): GoBuild | undefined => {
  const offset = sections.named(goSection)?.offset ?? texts.get(goBuildInfoMark)
  return offset === undefined ? undefined : readGoBuild(header, offset)
}
