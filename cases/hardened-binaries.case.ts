import {
  type ElfInventory,
  elfInventory,
  isUserSpace,
  type Program,
  resolveFor,
} from '../harness/facts/elf-inventory.ts'
import { bases, parseMaps, writableExecutable } from '../harness/facts/memory-maps.ts'
import type { CheckContext } from '../harness/rules/context.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

/** What is wrong with a program, or undefined where it keeps the claim; `skip` where the claim does not concern it. */
type Examine = (program: Program) => { readonly bad: string } | { readonly good: string } | 'skip'

const examineAll = (
  { programs, damaged, files }: ElfInventory,
  expected: string,
  examine: Examine,
): Judgement => {
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
  return judge.findings({
    vantage: 'at-rest',
    source: `the ELF files among the image's ${files} files`,
    bad,
    good,
    what: 'programs and libraries',
  })
}

const onUserSpace =
  (expected: string, examine: Examine) =>
  async (context: CheckContext): Promise<Judgement> =>
    examineAll(await elfInventory(await context.image()), expected, (program) =>
      isUserSpace(program) ? examine(program) : 'skip',
    )

check(
  'elf.pie',
  {
    claim: 'every program is position-independent, so that its addresses can be randomised',
    promise: 'P6',
    severity: 'high',
    vantages: ['at-rest'],
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
    twins: ['elf-textrel'],
    remedy: 'Compile every object with -fPIC or -fPIE; link with -z text so that it fails at build time.',
  },
  onUserSpace('no DT_TEXTREL', ({ elf }) =>
    elf.textrel ? { bad: 'DT_TEXTREL' } : { good: 'no DT_TEXTREL' },
  ),
)

// A search path is safe where nobody but root decides what is found there.
const unsafePath = (program: Program, path: string): string | undefined => {
  if (path === '$ORIGIN' || path.startsWith('$ORIGIN/') || path.startsWith(`$\{ORIGIN}`)) {
    return undefined
  }
  if (!path.startsWith('/')) {
    return `${path === '' ? 'an empty element' : path} is relative to the working directory`
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
    twins: ['elf-rpath'],
    remedy: 'Link without -rpath, or remove it with chrpath or patchelf.',
  },
  onUserSpace('no RPATH or RUNPATH, or only $ORIGIN and directories of root', (program) => {
    const paths = [...program.elf.rpath, ...program.elf.runpath]
    const unsafe = paths.map((path) => unsafePath(program, path)).find((problem) => problem !== undefined)
    return unsafe === undefined
      ? { good: paths.length === 0 ? 'no search path' : `search path ${paths.join(':')}` }
      : { bad: `search path ${paths.join(':')}: ${unsafe}` }
  }),
)

check(
  'elf.interpreter',
  {
    claim: 'the loader that each program names is in the image',
    promise: 'P6',
    severity: 'medium',
    vantages: ['at-rest'],
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
    twins: ['elf-wrong-machine'],
    remedy: 'Rebuild it for this architecture; look for a cached layer of the other one.',
  },
  async (context) =>
    examineAll(await elfInventory(await context.image()), context.architecture, ({ elf }) =>
      elf.machine === context.architecture || elf.machine === 'bpf'
        ? { good: elf.machine }
        : { bad: `${elf.machine}, ${elf.class} bit` },
    ),
)

check(
  'elf.privileged-files',
  {
    claim: 'no file raises privileges when it is run: no setuid, no setgid, no file capabilities',
    promise: 'P4',
    severity: 'high',
    vantages: ['at-rest'],
    twins: ['elf-setuid'],
    remedy: 'chmod u-s,g-s and setcap -r, or name the file under files in the policy, with a reason.',
  },
  async (context) => {
    const { root } = await context.image()
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const entry of root.entries()) {
      if (entry.type !== 'file') {
        continue
      }
      const raises = [
        ...((entry.mode & 0o4000) === 0 ? [] : ['setuid']),
        ...((entry.mode & 0o2000) === 0 ? [] : ['setgid']),
        ...(entry.xattrs.has('security.capability') ? ['file capabilities'] : []),
      ]
      const { setuid, capabilities } = context.policy.files
      const declared = entry.xattrs.has('security.capability') ? capabilities : setuid
      const allowed = raises.length === 0 || Object.hasOwn(declared, entry.path)
      const mode = `mode ${entry.mode.toString(8).padStart(4, '0')}, owner ${entry.uid}:${entry.gid}`
      const found = raises.length === 0 ? mode : `${raises.join(', ')} (${mode})`
      if (allowed) {
        good.push({ vantage: 'at-rest', source: entry.path, found })
      } else {
        bad.push({
          vantage: 'at-rest',
          source: entry.path,
          found,
          expected: 'no privilege of its own',
          subject: entry.path,
        })
      }
    }
    return judge.findings({
      vantage: 'at-rest',
      source: 'every regular file of the root',
      bad,
      good,
      what: 'files',
    })
  },
)

check(
  'elf.mapped-code',
  {
    claim: 'no running process has memory that is writable and executable at once',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    twins: ['exec-stack-process'],
    remedy:
      'Find the mapping in the evidence: an executable stack, a just-in-time compiler, or a W+X segment.',
  },
  async (context) => {
    const probe = await context.probe()
    const processes = (await probe.processes()).filter((process) => !process.kernelThread)
    const maps = await probe.host.readMany(processes.map(({ pid }) => `/proc/${pid}/maps`))
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { pid, comm, exe } of processes) {
      const bytes = maps.get(`/proc/${pid}/maps`)
      const mappings = bytes instanceof Buffer ? parseMaps(bytes.toString('latin1')) : []
      if (mappings.length === 0) {
        continue
      }
      const source = `/proc/${pid}/maps of ${exe ?? comm}`
      const found = writableExecutable(mappings)
      if (found.length === 0) {
        good.push({ vantage: 'inside', source, found: `${mappings.length} mappings, none W+X` })
      } else {
        const [first] = found
        bad.push({
          vantage: 'inside',
          source,
          found: `${found.length} W+X, first ${first?.start.toString(16)} ${first?.name}`,
          expected: 'none',
          subject: exe ?? comm,
        })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/*/maps',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'processes',
    })
  },
)

check(
  'elf.aslr',
  {
    claim: 'two runs of one program are laid out at different addresses',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.randomize_va_space=2 and remove norandmaps from the command line.',
  },
  async (context) => {
    const { host } = await context.probe()
    // Each read is made by a process of its own. Its program lies at a fixed address, its stack and the kernel's pages must not.
    const [one, two] = [await host.read('/proc/self/maps'), await host.read('/proc/self/maps')].map(
      (maps) =>
        new Map([...bases(parseMaps(maps.toString('latin1')))].filter(([name]) => name.startsWith('['))),
    )
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, base] of one ?? []) {
      const other = two?.get(name)
      if (other === undefined) {
        continue
      }
      const source = `${name} in two runs`
      const found = `${base.toString(16)} and ${other.toString(16)}`
      if (base === other) {
        bad.push({ vantage: 'inside', source, found, expected: 'different addresses', subject: name })
      } else {
        good.push({ vantage: 'inside', source, found })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: 'two runs of one program',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'areas',
    })
  },
)
