import { execa } from 'execa'
import type { ElfFile } from '../elf.ts'

/** What binutils' readelf and Drydock both say of an ELF file. */
export interface Facts {
  readonly class: number
  readonly machine: string
  /** `executable` or `pie` or `shared-library`, or what else e_type says. */
  readonly type: string
  readonly interpreter: string | undefined
  readonly relro: string
  readonly gnuStack: string
  readonly writableExecutableSegments: number
  readonly textrel: boolean
  readonly needed: readonly string[]
  readonly soname: string | undefined
  readonly rpath: string
  readonly runpath: string
  readonly features: readonly string[]
  readonly buildId: string | undefined
  readonly stripped: boolean
  /** Whether it imports the canary's function, and a checking form of another; undefined where that is not judged. */
  readonly canary: boolean | undefined
  readonly fortified: boolean | undefined
}

const machines: Readonly<Record<string, string>> = {
  'Advanced Micro Devices X86-64': 'x86_64',
  AArch64: 'arm64',
  'Intel 80386': 'i386',
  'Linux BPF': 'bpf',
}

const decided = (guard: ElfFile['canary']): boolean | undefined =>
  guard.found === 'not-applicable' ? undefined : guard.found === 'yes'

/** Drydock's view. */
export const factsOfElf = (elf: ElfFile): Facts => ({
  class: elf.class,
  machine: elf.machine,
  type: { 'static-pie': 'pie', 'kernel-module': 'relocatable' }[elf.type as string] ?? elf.type,
  interpreter: elf.interpreter,
  relro: elf.relro,
  gnuStack: elf.gnuStack,
  writableExecutableSegments: elf.writableExecutableSegments,
  textrel: elf.textrel,
  needed: elf.needed,
  soname: elf.soname,
  rpath: elf.rpath.join(':'),
  runpath: elf.runpath.join(':'),
  features: (['ibt', 'shstk', 'bti', 'pac'] as const).filter((mark) => elf[mark]),
  // readelf leaves Go's own out.
  buildId: /^[0-9a-f]+$/.test(elf.buildId ?? '') ? elf.buildId : undefined,
  stripped: elf.stripped,
  canary: decided(elf.canary),
  fortified: decided(elf.fortify),
})

/** readelf's view, in the same order as the paths; what Drydock leaves open is left open. */
export const factsOfReadelf = async (
  paths: readonly string[],
  openGuards: readonly Pick<Facts, 'canary' | 'fortified'>[],
): Promise<readonly Facts[]> => {
  const options = [
    '-W',
    '--file-header',
    '--program-headers',
    '--section-headers',
    '--dynamic',
    '--notes',
    '--dyn-syms',
  ]
  // Twice the first file, so that readelf names the files even of a single one.
  const { stdout } = await execa('readelf', [...options, ...paths, ...paths.slice(0, 1)], {
    reject: false,
    maxBuffer: 512 * 1024 ** 2,
    env: { LC_ALL: 'C' },
  })
  const blocks = stdout.split(/^File: /m).slice(1, paths.length + 1)
  return blocks.map((block, index) => parse(block, openGuards[index]))
}

const parse = (block: string, open: Pick<Facts, 'canary' | 'fortified'> | undefined): Facts => {
  const first = (pattern: RegExp): string | undefined => pattern.exec(block)?.[1]
  const all = (pattern: RegExp): string[] => [...block.matchAll(pattern)].map(([, found = '']) => found)
  const segments = [
    ...block.matchAll(/^ {2}(LOAD|GNU_STACK|GNU_RELRO) .*0x[0-9a-f]+ (.{3}) (?:0x[0-9a-f]+|0)$/gm),
  ]
  const flagsOf = (kind: string): string[] =>
    segments.filter(([, name]) => name === kind).map(([, , flags = '']) => flags)
  const stacks = flagsOf('GNU_STACK')
  const flags = all(/\((?:FLAGS|FLAGS_1)\) +(.*)$/gm).join(' ')
  const isDynamic = block.includes('Dynamic section at offset')
  const isNow = /\bBIND_NOW\b|\bNOW\b/.test(flags) || block.includes('(BIND_NOW)')
  const interpreter = first(/Requesting program interpreter: (.*)\]/)
  const soname = first(/\(SONAME\).*\[(.*)\]/)
  const imports = all(/ UND ([^@\s]+)/g)
  return {
    class: Number(first(/Class: +ELF(\d+)/)),
    machine: machines[first(/Machine: +(.*)$/m) ?? ''] ?? 'unknown to this test',
    type: typeOf(first(/Type: +([A-Z]+)/), flags, interpreter !== undefined && soname === undefined),
    interpreter,
    relro: flagsOf('GNU_RELRO').length === 0 ? 'none' : isNow || !isDynamic ? 'full' : 'partial',
    gnuStack: stacks[0] === undefined ? 'missing' : stacks[0].includes('E') ? 'executable' : 'non-executable',
    writableExecutableSegments: flagsOf('LOAD').filter((load) => load.includes('W') && load.includes('E'))
      .length,
    textrel: block.includes('(TEXTREL)') || /\bTEXTREL\b/.test(flags),
    needed: all(/\(NEEDED\).*\[(.*)\]/g),
    soname,
    rpath: all(/\(RPATH\).*\[(.*)\]/g).join(':'),
    runpath: all(/\(RUNPATH\).*\[(.*)\]/g).join(':'),
    features: (first(/(?:x86|AArch64) feature: ((?:IBT|SHSTK|BTI|PAC)(?:, (?:IBT|SHSTK|BTI|PAC))*)/) ?? '')
      .toLowerCase()
      .split(', ')
      .filter((mark) => mark !== ''),
    buildId: first(/Build ID: ([0-9a-f]+)/),
    stripped: !/ SYMTAB /.test(block),
    canary: open?.canary === undefined ? undefined : imports.includes('__stack_chk_fail'),
    fortified: open?.fortified === undefined ? undefined : imports.some((name) => /^__.*_chk$/.test(name)),
  }
}

const typeOf = (type: string | undefined, flags: string, isStarted: boolean): string => {
  if (type === 'EXEC') return 'executable'
  if (type === 'REL') return 'relocatable'
  if (type === 'DYN') return /\bPIE\b/.test(flags) || isStarted ? 'pie' : 'shared-library'
  return type ?? 'none'
}
