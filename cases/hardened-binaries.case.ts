import { elfInventory, isUserSpace, type Program, resolveFor } from '../harness/facts/elf-inventory.ts'
import type { Image } from '../harness/image/image.ts'
import type { ArtefactContext } from '../harness/rules/context.ts'
import { judge } from '../harness/rules/judge.ts'
import { matchesPattern } from '../harness/rules/pattern.ts'
import type { Policy } from '../harness/rules/policy.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { unreadParts } from './support/unread-parts.ts'

/** What is wrong with a program, or undefined where it keeps the claim; `skip` where the claim does not concern it. */
type Examine = (program: Program) => { readonly bad: string } | { readonly good: string } | 'skip'

const examineAll = async (image: Image, expected: string, examine: Examine): Promise<Judgement> => {
  const { programs, damaged, files } = await elfInventory(image)
  const bad: Evidence[] = damaged.map(({ subject, reason }) => ({
    vantage: 'at-rest',
    source: subject,
    found: `damaged: ${reason}`,
    expected: 'an ELF file that can be read',
    subject,
  }))
  const good: Evidence[] = []
  for (const program of programs) {
    const examined = examine(program)
    if (examined === 'skip') {
      continue
    }
    const { subject } = program
    if ('bad' in examined) {
      bad.push({ vantage: 'at-rest', source: subject, found: examined.bad, expected, subject })
    } else {
      good.push({ vantage: 'at-rest', source: subject, found: examined.good })
    }
  }
  const source = `the ELF files among the image's ${files} files`
  return judge.all([
    judge.findings({ vantage: 'at-rest', source, bad, good, what: 'programs and libraries' }),
    ...unreadParts(image),
  ])
}

const onUserSpace =
  (expected: string, examine: Examine) =>
  async (context: ArtefactContext): Promise<Judgement> =>
    examineAll(await context.image(), expected, (program) =>
      isUserSpace(program) ? examine(program) : 'skip',
    )

check(
  'elf.pie',
  {
    claim: 'every program is position-independent, so that its addresses can be randomised',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-non-pie'],
    remedy: 'Link with -pie (C), -buildmode=pie (Go), -C relocation-model=pie (Rust).',
  },
  onUserSpace('a position-independent executable', ({ elf }) => {
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
)

check(
  'elf.relro',
  {
    claim: 'every program and library makes its relocations read-only before it runs (full RELRO)',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-no-relro'],
    remedy: 'Link with -z relro -z now (C), -ldflags=-bindnow (Go 1.22 or newer).',
  },
  onUserSpace('PT_GNU_RELRO and immediate binding', ({ elf }) =>
    elf.relro === 'full' ? { good: 'full RELRO' } : { bad: `${elf.relro} RELRO` },
  ),
)

check(
  'elf.stack',
  {
    claim: 'no program or library asks for an executable stack',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-exec-stack'],
    remedy: 'Link with -z noexecstack; give assembly files a .note.GNU-stack section.',
  },
  onUserSpace('PT_GNU_STACK without the execute flag', ({ elf }) =>
    elf.nxStack ? { good: `PT_GNU_STACK ${elf.gnuStack}` } : { bad: `PT_GNU_STACK ${elf.gnuStack}` },
  ),
)

check(
  'elf.segments',
  {
    claim: 'no program or library has a segment that is writable and executable at once',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-wx-segment'],
    remedy: 'Link without -N or --omagic, and look for a linker script that merges code and data.',
  },
  onUserSpace('no PT_LOAD with both W and X', ({ elf }) =>
    elf.writableExecutableSegments === 0
      ? { good: 'no segment is W+X' }
      : { bad: `${elf.writableExecutableSegments} PT_LOAD with W and X` },
  ),
)

check(
  'elf.text-relocations',
  {
    claim: 'no program or library has to have its code patched while it is loaded',
    promise: 'P6',
    severity: 'medium',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-textrel'],
    remedy: 'Compile every object with -fPIC or -fPIE; link with -z text so that it fails at build time.',
  },
  onUserSpace('no DT_TEXTREL', ({ elf }) =>
    elf.textrel ? { bad: 'DT_TEXTREL' } : { good: 'no DT_TEXTREL' },
  ),
)

/** What is writable while the image runs, whatever owner and mode its directories have at rest. */
const isWritable = (policy: Policy, path: string): boolean =>
  policy.mounts.writable.some(
    (mount) => path === mount.path || path.startsWith(`${mount.path}/`) || matchesPattern(mount.path, path),
  )

// A search path is safe where nobody but root decides what is found there.
const unsafePath = (policy: Policy, program: Program, path: string): string | undefined => {
  if (path === '$ORIGIN' || path.startsWith('$ORIGIN/') || path.startsWith(`$\{ORIGIN}`)) {
    return undefined
  }
  if (!path.startsWith('/')) {
    return `${path === '' ? 'an empty element' : path} is relative to the working directory`
  }
  if (isWritable(policy, path)) {
    return `${path} is on a mount that is writable`
  }
  const directory = resolveFor(program, path)
  if (directory === undefined) {
    return `${path} does not exist in the image, whoever can create it decides`
  }
  return directory.uid !== 0 || (directory.mode & 0o022) !== 0
    ? `${path} can be written by others than root (mode ${directory.mode.toString(8)}, owner ${directory.uid})`
    : undefined
}

check(
  'elf.search-path',
  {
    claim: 'no program looks for libraries where somebody other than root could put one',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-rpath'],
    remedy: 'Link without -rpath, or remove it with chrpath or patchelf.',
  },
  (context) =>
    onUserSpace('no RPATH or RUNPATH, or only $ORIGIN and directories of root', (program) => {
      const paths = [...program.elf.rpath, ...program.elf.runpath]
      const unsafe = paths
        .map((path) => unsafePath(context.policy, program, path))
        .find((problem) => problem !== undefined)
      return unsafe === undefined
        ? { good: paths.length === 0 ? 'no search path' : `search path ${paths.join(':')}` }
        : { bad: `search path ${paths.join(':')}: ${unsafe}` }
    })(context),
)

check(
  'elf.interpreter',
  {
    claim: 'the loader that each program names is in the image',
    promise: 'P6',
    severity: 'medium',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-bad-interpreter'],
    remedy: 'Add the loader to the file system that the program sees, or link it as static-pie.',
  },
  onUserSpace('PT_INTERP that resolves inside the same file system', (program) => {
    const { interpreter, type } = program.elf
    if (interpreter === undefined || type === 'shared-library') {
      return 'skip'
    }
    return resolveFor(program, interpreter)?.type === 'file'
      ? { good: interpreter }
      : { bad: `${interpreter} is not below ${program.root === '' ? '/' : program.root}` }
  }),
)

check(
  'elf.machine',
  {
    claim: 'every program, library and kernel module is built for the architecture of the image',
    promise: 'P6',
    severity: 'medium',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-wrong-machine'],
    remedy: 'Rebuild it for this architecture; look for a cached layer of the other one.',
  },
  async (context) =>
    examineAll(await context.image(), context.architecture, ({ elf }) =>
      elf.machine === context.architecture || elf.machine === 'bpf'
        ? { good: elf.machine }
        : { bad: `${elf.machine}, ${elf.class} bit` },
    ),
)
