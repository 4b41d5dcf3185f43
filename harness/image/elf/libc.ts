import { glibcTunables, muslTexts } from './language.ts'
import { hasGlibcAbiTag, type Note } from './notes.ts'
import type { TextMark } from './text-search.ts'

export type Libc = 'glibc' | 'musl' | 'bionic' | 'uclibc'

/** What tells a program's C library: of `interpreter` and `library` (needed, or its own name) the first that fits. */
const libraries: readonly {
  readonly libc: Libc
  readonly interpreter: RegExp
  readonly library: RegExp
}[] = [
  { libc: 'bionic', interpreter: /^\/system\/bin\/linker/, library: /^libc_bionic/ },
  { libc: 'musl', interpreter: /\/ld-musl-/, library: /^libc\.(musl-.*\.so\.\d|so)$/ },
  { libc: 'uclibc', interpreter: /\/ld(64)?-uClibc/, library: /^(libuClibc|libc\.so\.[01]$)/ },
  {
    libc: 'glibc',
    interpreter: /\/ld(-linux[^/]*|64|-[0-9.]+)?\.so/,
    library: /^(lib(c|m|pthread|dl|rt|resolv)\.so\.\d|ld-linux|ld64\.so)/,
  },
]

// musl leaves no note, but opens it at the start for standard streams that are closed. glibc does, too.
const nullDevice: TextMark = { text: '/dev/null\0' }

export const libcTexts: readonly TextMark[] = [nullDevice, glibcTunables, ...muslTexts]

/** The C library by what the file names. */
export const libcByNames = (interpreter: string | undefined, names: readonly string[]): Libc | undefined =>
  libraries.find((candidate) => interpreter !== undefined && candidate.interpreter.test(interpreter))?.libc ??
  libraries.find(({ library }) => names.some((name) => library.test(name)))?.libc

/**
 * The C library inside a static program.
 * @param startsItself its language brings start-up code of its own, which may open /dev/null too
 */
export const libcByTexts = (
  notes: readonly Note[],
  found: ReadonlyMap<TextMark, number>,
  startsItself: boolean,
): Libc | undefined => {
  if (hasGlibcAbiTag(notes) || found.has(glibcTunables)) return 'glibc'
  const isMusl = muslTexts.some((mark) => found.has(mark)) || (!startsItself && found.has(nullDevice))
  return isMusl ? 'musl' : undefined
}
