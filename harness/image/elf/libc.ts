import { anyStartsWith, glibcTunables, muslTexts } from './language.ts'
import { hasGlibcAbiTag, type Note } from './notes.ts'
import type { TextMark } from './text-search.ts'

export type Libc = 'glibc' | 'musl' | 'bionic' | 'uclibc'

/** How the loader starts, behind its folder, and a library: needed, or its own name. The first that fits counts. */
const libraries: readonly {
  readonly libc: Libc
  readonly loaders: readonly string[]
  readonly names: readonly string[]
}[] = [
  { libc: 'bionic', loaders: ['linker'], names: ['libc_bionic'] },
  { libc: 'musl', loaders: ['ld-musl-'], names: ['libc.musl-', 'ld-musl-'] },
  { libc: 'uclibc', loaders: ['ld-uClibc', 'ld64-uClibc'], names: ['libuClibc', 'libc.so.0', 'libc.so.1'] },
  {
    libc: 'glibc',
    loaders: ['ld-linux', 'ld64.so', 'ld.so', 'ld-2.'],
    names: ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'ld-linux', 'ld64.so'],
  },
  // Debian's musl has no more of a name.
  { libc: 'musl', loaders: [], names: ['libc.so'] },
]

// musl leaves no note, but opens it at the start for standard streams that are closed. glibc does, too.
const nullDevice: TextMark = { text: '/dev/null\0' }

export const libcTexts: readonly TextMark[] = [nullDevice, glibcTunables, ...muslTexts]

/** The C library by what the file names. */
export const libcByNames = (interpreter: string | undefined, names: readonly string[]): Libc | undefined => {
  const loader = interpreter === undefined ? [] : [interpreter.slice(interpreter.lastIndexOf('/') + 1)]
  const found =
    libraries.find(({ loaders }) => anyStartsWith(loader, loaders)) ??
    libraries.find((library) => anyStartsWith(names, library.names))
  return found?.libc
}

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
