import type { ElfHeader } from './header.ts'
import type { Note } from './notes.ts'
import { findSection } from './sections.ts'

/** `c` stands for C, C++ and what else GCC or clang compile. */
export type Language = 'go' | 'rust' | 'ocaml' | 'c'

/**
 * The language a program was written in, or undefined where nothing tells. A guess from what compilers leave
 * behind, the specific ones first, since Go with cgo, Rust and OCaml carry GCC's comment too.
 */
export const guessLanguage = (
  header: ElfHeader,
  notes: readonly Note[],
  needed: readonly string[],
): Language | undefined => {
  const { bytes } = header.fields
  if (notes.some(({ owner }) => owner === 'Go')) return 'go'
  if (findSection(header, '.go.buildinfo') !== undefined || hasGoBuildInfo(bytes)) return 'go'
  const comment = findSection(header, '.comment')
  if (comment?.includes('rustc version') || hasRustPanicPaths(bytes)) return 'rust'
  if (bytes.includes('OCAMLRUNPARAM') && bytes.includes('Stdlib.')) return 'ocaml'
  if (comment?.includes('GCC: (') || comment?.includes('clang version')) return 'c'
  // Debian strips .comment; what is none of the above and stands on a C library is most likely C.
  return needed.some((name) => /^(libc|ld-[^.]*)\./.test(name)) || bytes.includes('GLIBC_TUNABLES')
    ? 'c'
    : undefined
}

const goMagic = Buffer.from('\xff Go buildinf:', 'latin1')

/** The linker aligns the structure to 16 bytes; elsewhere it is a program that only talks of it. */
const hasGoBuildInfo = (bytes: Buffer): boolean => {
  for (let at = bytes.indexOf(goMagic); at !== -1; at = bytes.indexOf(goMagic, at + 1)) {
    if (at % 16 === 0) return true
  }
  return false
}

/** Panic messages name the standard library's sources: `/rustc/<40 hex digits>/library/`. */
const hasRustPanicPaths = (bytes: Buffer): boolean => {
  const prefix = '/rustc/'
  for (let at = bytes.indexOf(prefix); at !== -1; at = bytes.indexOf(prefix, at + 1)) {
    const from = at + prefix.length
    if (/^[0-9a-f]{40}\/library\//.test(bytes.toString('latin1', from, from + 49))) return true
  }
  return false
}
