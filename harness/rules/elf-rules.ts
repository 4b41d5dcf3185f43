import { dirname, normalize } from 'node:path/posix'
import { isUserSpace, type Program, resolveFor } from '../facts/elf-inventory.ts'
import type { TreeEntry } from '../image/file-tree.ts'

/** What is wrong with a program, or what speaks for it; `skip` where the claim does not concern it. */
export type Examined = { readonly bad: string } | { readonly good: string } | 'skip'

/** What a program's file does not say. */
export interface Surroundings {
  /** Whether a path is on a mount that is writable while the image runs, whatever its owner and mode at rest. */
  isWritable(path: string): boolean
  /** Of the image; undefined where it may be any. */
  readonly architecture: string | undefined
}

/** One claim about every program, library or kernel module. */
export interface ElfRule {
  /** What would be right, follows "expected". */
  readonly expected: string
  examine(program: Program, surroundings: Surroundings): Examined
}

const onUserSpace = (expected: string, examine: ElfRule['examine']): ElfRule => ({
  expected,
  examine: (program, surroundings) => (isUserSpace(program) ? examine(program, surroundings) : 'skip'),
})

// A search path is safe where nobody but root decides what is found there.
const unsafePath = (path: string, program: Program, surroundings: Surroundings): string | undefined => {
  const own = path.replace(/^\$(ORIGIN|\{ORIGIN\})(?=\/|$)/, ownFolder(program))
  if (own.includes('$')) return `${path} depends on what the loader puts for $`
  if (!own.startsWith('/'))
    return `${path === '' ? 'an empty element' : path} is relative to the working directory`
  const place = normalize(own)
  if (surroundings.isWritable(place)) return `${path} is on a mount that is writable`
  if (program.root === undefined) return undefined
  const directory = resolveFor(program, place)
  if (directory !== undefined) return writableByOthers(program, directory)
  // Below the program's own folder, nobody but who may replace the program can create it.
  return own === path ? `${path} does not exist in the image, whoever can create it decides` : undefined
}

/** The folder of the program as the program sees it. */
const ownFolder = ({ entry, root }: Program): string => {
  const folder = dirname(entry.path.slice(root?.length ?? 0))
  return folder === '/' ? '' : folder
}

const writableByOthers = (program: Program, directory: TreeEntry): string | undefined => {
  const top = program.root === '' ? '/' : program.root
  for (let path = directory.path; path !== top && path !== '/'; path = dirname(path)) {
    const above = program.tree.get(path)
    const open = (above?.mode ?? 0) & 0o022
    // In a sticky folder others cannot replace what is root's.
    const sticky = path !== directory.path && ((above?.mode ?? 0) & 0o1000) !== 0
    if (above !== undefined && (above.uid !== 0 || (open !== 0 && !sticky))) {
      return `${path} can be written by others than root (mode ${above.mode.toString(8)}, owner ${above.uid})`
    }
  }
  return undefined
}

/** By the id of the check that makes the claim. */
export const elfRules = {
  'elf.pie': onUserSpace('a position-independent executable', ({ elf }) => {
    switch (elf.type) {
      case 'pie':
      case 'static-pie':
        return { good: elf.type }
      case 'executable':
        return { bad: 'ET_EXEC, loaded at a fixed address' }
      default:
        return 'skip'
    }
  }),
  'elf.relro': onUserSpace('PT_GNU_RELRO and immediate binding', ({ elf }) =>
    elf.relro === 'full' ? { good: 'full RELRO' } : { bad: `${elf.relro} RELRO` },
  ),
  'elf.stack': onUserSpace('PT_GNU_STACK without the execute flag', ({ elf }) =>
    elf.nxStack ? { good: `PT_GNU_STACK ${elf.gnuStack}` } : { bad: `PT_GNU_STACK ${elf.gnuStack}` },
  ),
  'elf.segments': onUserSpace('no PT_LOAD with both W and X', ({ elf }) =>
    elf.writableExecutableSegments === 0
      ? { good: 'no segment is W+X' }
      : { bad: `${elf.writableExecutableSegments} PT_LOAD with W and X` },
  ),
  'elf.text-relocations': onUserSpace('no DT_TEXTREL', ({ elf }) =>
    elf.textrel ? { bad: 'DT_TEXTREL' } : { good: 'no DT_TEXTREL' },
  ),
  'elf.search-path': onUserSpace(
    'no RPATH or RUNPATH, or only $ORIGIN and directories of root',
    (program, surroundings) => {
      const { rpath, runpath, needed } = program.elf
      const relative = needed.find((name) => name.includes('/') && !name.startsWith('/'))
      if (relative !== undefined) return { bad: `needs ${relative}, relative to the working directory` }
      const paths = [...rpath, ...runpath]
      const unsafe = paths
        .map((path) => unsafePath(path, program, surroundings))
        .find((problem) => problem !== undefined)
      return unsafe === undefined
        ? { good: paths.length === 0 ? 'no search path' : `search path ${paths.join(':')}` }
        : { bad: `search path ${paths.join(':')}: ${unsafe}` }
    },
  ),
  'elf.interpreter': onUserSpace('PT_INTERP that resolves inside the same file system', (program) => {
    const { interpreter, type } = program.elf
    if (interpreter === undefined || type === 'shared-library' || program.root === undefined) return 'skip'
    return resolveFor(program, interpreter)?.type === 'file'
      ? { good: interpreter }
      : { bad: `${interpreter} is not below ${program.root === '' ? '/' : program.root}` }
  }),
  'elf.machine': {
    expected: 'the architecture of the image',
    examine: ({ elf }, { architecture }) => {
      if (architecture === undefined) return 'skip'
      return elf.machine === architecture || elf.machine === 'bpf'
        ? { good: elf.machine }
        : { bad: `${elf.machine}, ${elf.class} bit, in an image for ${architecture}` }
    },
  },
} as const satisfies Readonly<Record<string, ElfRule>>

export type ElfRuleId = keyof typeof elfRules
