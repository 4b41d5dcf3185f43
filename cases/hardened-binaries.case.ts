import { elfInventory } from '../harness/facts/elf-inventory.ts'
import type { ArtefactContext } from '../harness/rules/context.ts'
import { type ElfRule, type ElfRuleId, elfRules } from '../harness/rules/elf-rules.ts'
import { surroundingsOf } from '../harness/rules/elf-surroundings.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { unreadParts } from './support/unread-parts.ts'

/** Judges every program, library and kernel module of the image by one rule. */
const byRule =
  (id: ElfRuleId) =>
  async (context: ArtefactContext): Promise<Judgement> => {
    const rule: ElfRule = elfRules[id]
    const image = await context.image()
    const { programs, damaged, files } = await elfInventory(image)
    const surroundings = surroundingsOf(context.policy, context.architecture)
    const bad: Evidence[] = damaged.map(({ subject, reason }) => ({
      vantage: 'at-rest',
      source: subject,
      found: `damaged: ${reason}`,
      expected: 'an ELF file that can be read',
      subject,
    }))
    const good: Evidence[] = []
    for (const program of programs) {
      const { subject } = program
      const examined = rule.examine(program, surroundings)
      if (examined === 'skip') continue
      if ('bad' in examined) {
        bad.push({
          vantage: 'at-rest',
          source: subject,
          found: examined.bad,
          expected: rule.expected,
          subject,
        })
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
  byRule('elf.pie'),
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
  byRule('elf.relro'),
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
  byRule('elf.stack'),
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
  byRule('elf.segments'),
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
  byRule('elf.text-relocations'),
)

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
  byRule('elf.search-path'),
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
  byRule('elf.interpreter'),
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
  byRule('elf.machine'),
)
