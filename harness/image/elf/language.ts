import type { TextMark } from './text-search.ts'

/** `c` stands for C and what else GCC or clang compile without a mark of its own. */
export type Language = 'go' | 'rust' | 'ocaml' | 'haskell' | 'swift' | 'd' | 'ada' | 'zig' | 'c++' | 'c'

/** What compilers of a language leave behind. Any one is enough; of `texts` all must be there. */
interface Marks {
  readonly language: Language
  /** Owner of a note. */
  readonly note?: string
  readonly section?: string
  /** In `.comment`, where compilers sign. */
  readonly comment?: string
  /** How a library in DT_NEEDED starts. */
  readonly needed?: readonly string[]
  /** How a reserved name among the undefined symbols starts. */
  readonly imported?: readonly string[]
  /** In the dynamic string table of a program that exports its run time to plug-ins. */
  readonly exported?: string
  readonly texts?: readonly TextMark[]
  /** What shows in the imports of a dynamic program that hides it otherwise, so that its texts are worth looking for. */
  readonly hidden?: 'unwinds' | 'multiplies'
}

/** The linker aligns the structure to 16 bytes; elsewhere it is a program that only talks of it. */
export const goBuildInfoMark: TextMark = {
  text: '\xff Go buildinf:',
  proof: (_, offset) => offset % 16 === 0,
}

/** A variable that glibc's start-up code looks for. */
export const glibcTunables: TextMark = { text: 'GLIBC_TUNABLES' }
/** musl's table of formats, in everything that prints, and the start of its table of errors. */
export const muslTexts = [{ text: '-0X+0X 0X-0x+0x 0x' }, { text: 'No error information\0' }] as const

// Panic messages name the standard library's sources, as rust-lang.org and as distributions build it.
const rustSources: TextMark = {
  text: '/rustc',
  proof: (bytes) => /^\/rustc(\/[0-9a-f]{40}|-\d[^/\0]*)\/library\//.test(bytes.toString('latin1')),
}

/** The specific ones first: Go with cgo, Rust, OCaml and others carry GCC's comment too. */
const languages: readonly Marks[] = [
  { language: 'go', note: 'Go', section: '.go.buildinfo', texts: [goBuildInfoMark] },
  {
    language: 'rust',
    comment: 'rustc version',
    needed: ['libstd-', 'librustc_driver-'],
    texts: [rustSources],
    hidden: 'unwinds',
  },
  { language: 'ocaml', exported: 'caml_', texts: [{ text: 'OCAMLRUNPARAM' }, { text: 'Stdlib.' }] },
  {
    language: 'haskell',
    comment: 'GHC ',
    needed: ['libHS'],
    texts: [{ text: 'base:GHC.' }],
    hidden: 'multiplies',
  },
  { language: 'swift', section: 'swift5_typeref', needed: ['libswiftCore.so'] },
  {
    language: 'd',
    comment: 'ldc version',
    needed: ['libgphobos', 'libgdruntime', 'libphobos2', 'libdruntime'],
    texts: [{ text: 'core.exception.RangeError' }],
    hidden: 'unwinds',
  },
  {
    language: 'ada',
    needed: ['libgnat-', 'libgnarl-'],
    texts: [{ text: 'GNAT Version: ' }],
    hidden: 'unwinds',
  },
  // Zig signs nowhere; its standard library panics in these words, since 0.14 in the second.
  ...['Panicked during a panic. Aborting.', 'aborting due to recursive panic', 'ZIG_PROGRESS'].map(
    (text): Marks => ({ language: 'zig', texts: [{ text }] }),
  ),
  {
    language: 'c++',
    needed: ['libstdc++.so', 'libc++.so'],
    imported: ['_ZSt', '_Znwm', '_ZdlPv', '__gxx_personality'],
    texts: [{ text: 'St9exception' }],
  },
  { language: 'c', comment: 'GCC: (' },
  { language: 'c', comment: 'clang version' },
  // Debian strips .comment; what is none of the above and stands on a C library is most likely C.
  { language: 'c', needed: ['libc.', 'ld-'], texts: [glibcTunables] },
  ...muslTexts.map((mark): Marks => ({ language: 'c', texts: [mark] })),
]

/** Languages that other languages' programs pass for, since they link C too. */
export const isBaseLanguage = (language: Language | undefined): boolean =>
  language === undefined || language === 'c' || language === 'c++'

/** What is known of a file without reading it whole. */
export interface LanguageHints {
  readonly owners: readonly string[]
  hasSection(name: string): boolean
  readonly comment: string
  readonly needed: readonly string[]
  /** Reserved names among the undefined symbols. */
  readonly imports: readonly string[]
  /** Some of the dynamic string table of a program; nothing for a library, which may well offer a run time to others. */
  readonly exports: Buffer
}

/** Whether one of the names starts in one of the ways; some thousand are asked, so without a regular expression. */
export const anyStartsWith = (names: readonly string[], starts: readonly string[]): boolean => {
  for (const name of names) {
    for (const start of starts) if (name.startsWith(start)) return true
  }
  return false
}

/** The language by what headers and tables tell; undefined where they tell nothing. */
export const languageByHints = (hints: LanguageHints): Language | undefined =>
  languages.find(
    ({ note, section, comment, needed, imported, exported }) =>
      (note !== undefined && hints.owners.includes(note)) ||
      (section !== undefined && hints.hasSection(section)) ||
      (comment !== undefined && hints.comment.includes(comment)) ||
      (needed !== undefined && anyStartsWith(hints.needed, needed)) ||
      (imported !== undefined && anyStartsWith(hints.imports, imported)) ||
      (exported !== undefined && hints.exports.includes(exported)),
  )?.language

/** All that {@link languageByTexts} wants to be looked for. */
export const languageTexts: readonly TextMark[] = languages.flatMap(({ texts }) => texts ?? [])

/**
 * Imports of a dynamic program that brings another run time than C's. The personality function of a language calls the
 * first three, which for C++ is in libstdc++; GHC's numbers call the last.
 */
const runTimeImports: ReadonlyMap<string, Marks['hidden']> = new Map([
  ['_Unwind_Backtrace', 'unwinds'],
  ['_Unwind_GetIPInfo', 'unwinds'],
  ['_Unwind_GetLanguageSpecificData', 'unwinds'],
  ['__gmpn_mul', 'multiplies'],
])

// Where those come from: without, there is no need to go through the imports.
const runTimeLibraries = ['libgcc_s.', 'libgmp.']

/** The texts that what it imports makes worth looking for. */
export const hiddenTexts = (needed: readonly string[], imports: readonly string[]): readonly TextMark[] => {
  if (!anyStartsWith(needed, runTimeLibraries)) return []
  const ways = new Set(imports.map((name) => runTimeImports.get(name)))
  return languages.flatMap(({ hidden, texts }) =>
    hidden !== undefined && ways.has(hidden) ? (texts ?? []) : [],
  )
}

/** The language by what the whole file holds. */
export const languageByTexts = (found: ReadonlyMap<TextMark, number>): Language | undefined =>
  languages.find(({ texts }) => texts?.every((mark) => found.has(mark)))?.language
