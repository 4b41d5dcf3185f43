import { bufferSource, type ElfSource } from './elf/bytes.ts'
import { type Dynamic, readDynamic } from './elf/dynamic.ts'
import { cString } from './elf/fields.ts'
import { type Guards, guardsOf } from './elf/guards.ts'
import { type ElfHeader, isElf, machineType, objectType, readHeader, segmentType } from './elf/header.ts'
import { buildIdOf, type ControlFlowMarks, controlFlowMarks, readNotes } from './elf/notes.ts'
import { type Origin, originOf } from './elf/origin.ts'
import { Sections, sectionType } from './elf/sections.ts'
import { readImports } from './elf/symbols.ts'

export type { ElfSource } from './elf/bytes.ts'
export type { GoBuild, GoModule } from './elf/go-build.ts'
export type { Guard } from './elf/guards.ts'
export type { Language } from './elf/language.ts'
export type { Libc } from './elf/libc.ts'

export type ElfType =
  | 'pie'
  | 'static-pie'
  | 'executable'
  | 'shared-library'
  | 'kernel-module'
  | 'relocatable'
  | 'debug-symbols'
  | 'core'
  | 'other'

/** What the bytes of one ELF file say about its hardening; from program headers and the dynamic section. */
export interface ElfFile extends ControlFlowMarks, Guards, Origin {
  /** `x86_64`, `arm64`, another known name, or `machine-N` with ELF's number. */
  readonly machine: string
  readonly class: 32 | 64
  readonly byteOrder: 'little' | 'big'
  /**
   * A Go program built as PIE without cgo is `pie`: it names an interpreter although it needs no library.
   * `debug-symbols` cannot run: it describes another file, and has none of its code.
   */
  readonly type: ElfType
  /** The loader in PT_INTERP. */
  readonly interpreter: string | undefined
  readonly needed: readonly string[]
  readonly soname: string | undefined
  /** `full` needs PT_GNU_RELRO and immediate binding; a static program binds nothing, so the segment is enough. */
  readonly relro: 'none' | 'partial' | 'full'
  readonly gnuStack: 'non-executable' | 'executable' | 'missing'
  /** The stack cannot be executed. A missing PT_GNU_STACK is bad on x86, fine elsewhere and in relocatable files. */
  readonly nxStack: boolean
  /** How many PT_LOAD segments are both writable and executable. */
  readonly writableExecutableSegments: number
  /** Its code has to be patched while it is loaded. */
  readonly textrel: boolean
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  /** It has no symbol table besides the dynamic one. */
  readonly stripped: boolean
  /** GNU's in hex digits, or Go's as it is. */
  readonly buildId: string | undefined
}

const machines: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'arm64',
  243: 'riscv',
  247: 'bpf',
  258: 'loongarch',
}

/** Undefined: not ELF. @throws `ELF_DAMAGED` where it starts as ELF and what Drydock reads of it does not fit. */
export const readElf = (bytes: Buffer): ElfFile | undefined => readElfFrom(bufferSource(bytes))

/** The same, reading only the parts that matter: some KiB of most files. */
export const readElfFrom = (source: ElfSource): ElfFile | undefined => {
  if (!isElf(source.read(0, 4))) return undefined
  const header = readHeader(source)
  const dynamic = readDynamic(header)
  const sections = new Sections(header)
  const notes = readNotes(header, sections)
  const interpreter = readInterpreter(header)
  const imports = readImports(header, dynamic, sections)
  const type = typeOf(header, sections, dynamic, interpreter)
  const gnuStack = readGnuStack(header)
  const needed = dynamic?.needed ?? []
  const isProgram = type === 'pie' || type === 'static-pie' || type === 'executable'
  const origin = originOf(header, { sections, notes, dynamic, interpreter, imports, isProgram })
  return {
    machine: machines[header.machine] ?? `machine-${header.machine}`,
    class: header.bytes.wide ? 64 : 32,
    byteOrder: header.bytes.little ? 'little' : 'big',
    type,
    interpreter,
    needed,
    soname: dynamic?.soname,
    relro: relroOf(header, dynamic),
    gnuStack,
    nxStack: gnuStack === 'missing' ? !defaultsToExecutableStack(header) : gnuStack === 'non-executable',
    writableExecutableSegments: header.segments.filter(
      (segment) => segment.type === segmentType.load && segment.writable && segment.executable,
    ).length,
    textrel: dynamic?.textrel ?? false,
    rpath: dynamic?.rpath ?? [],
    runpath: dynamic?.runpath ?? [],
    stripped: sections.ofType(sectionType.symbolTable) === undefined,
    buildId: buildIdOf(notes),
    ...origin,
    ...controlFlowMarks(header, notes),
    ...guardsOf(header, { ...origin, imports, sections, isDynamic: needed.length > 0 }),
  }
}

const typeOf = (
  header: ElfHeader,
  sections: Sections,
  dynamic: Dynamic | undefined,
  interpreter: string | undefined,
): ElfType => {
  switch (header.type) {
    case objectType.relocatable:
      return sections.named('.modinfo') !== undefined ? 'kernel-module' : 'relocatable'
    case objectType.core:
      return 'core'
    case objectType.executable:
    case objectType.shared:
      break
    default:
      return 'other'
  }
  if (hasNoCode(header)) return 'debug-symbols'
  if (header.type === objectType.executable) return 'executable'
  // libc.so.6 can be run, so it has an interpreter; its soname says that it is a library all the same.
  const pie = dynamic?.pie === true || (interpreter !== undefined && dynamic?.soname === undefined)
  if (!pie) return 'shared-library'
  return interpreter === undefined && dynamic !== undefined ? 'static-pie' : 'pie'
}

/** `objcopy --only-keep-debug` keeps the headers and takes out what they describe. */
const hasNoCode = ({ segments }: ElfHeader): boolean => {
  const code = segments.filter(({ type, executable }) => type === segmentType.load && executable)
  return code.length > 0 && code.every(({ fileSize }) => fileSize === 0)
}

const relroOf = (header: ElfHeader, dynamic: Dynamic | undefined): ElfFile['relro'] => {
  if (!header.segments.some(({ type }) => type === segmentType.gnuRelro)) return 'none'
  return dynamic === undefined || dynamic.bindNow ? 'full' : 'partial'
}

// Linux's PATH_MAX, the longest name that the kernel takes for an interpreter.
const maxInterpreterBytes = 4096

const readInterpreter = ({ segments, bytes }: ElfHeader): string | undefined => {
  const segment = segments.find(({ type }) => type === segmentType.interpreter)
  return segment === undefined
    ? undefined
    : cString(bytes.slice(segment.offset, Math.min(segment.fileSize, maxInterpreterBytes), 'the interpreter'))
}

/** Of several the kernel takes the last, and ld.so another: one that is executable counts. */
const readGnuStack = ({ segments }: ElfHeader): ElfFile['gnuStack'] => {
  const stacks = segments.filter(({ type }) => type === segmentType.gnuStack)
  if (stacks.length === 0) return 'missing'
  return stacks.some(({ executable }) => executable) ? 'executable' : 'non-executable'
}

const defaultsToExecutableStack = ({ machine, type }: ElfHeader): boolean =>
  type !== objectType.relocatable && (machine === machineType.x86_64 || machine === machineType.i386)
