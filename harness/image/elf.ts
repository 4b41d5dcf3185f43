import { type Dynamic, readDynamic } from './elf/dynamic.ts'
import { cString } from './elf/fields.ts'
import { type ElfHeader, isElf, readHeader, segmentType } from './elf/header.ts'
import { guessLanguage, type Language } from './elf/language.ts'
import { type ControlFlowMarks, controlFlowMarks, readNotes } from './elf/notes.ts'

export type { Language } from './elf/language.ts'

export type ElfType =
  | 'pie'
  | 'static-pie'
  | 'executable'
  | 'shared-library'
  | 'relocatable'
  | 'core'
  | 'other'

/** What the bytes of one ELF file say about its hardening; from program headers and the dynamic section. */
export interface ElfFile extends ControlFlowMarks {
  /** `x86_64`, `arm64`, another known name, or `machine-N` with ELF's number. */
  readonly machine: string
  readonly class: 32 | 64
  readonly byteOrder: 'little' | 'big'
  /** A Go program built as PIE without cgo is `pie`: it names an interpreter although it needs no library. */
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
  readonly language: Language | undefined
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
export const readElf = (bytes: Buffer): ElfFile | undefined => {
  if (!isElf(bytes)) return undefined
  const header = readHeader(bytes)
  const dynamic = readDynamic(header)
  const notes = readNotes(header)
  const interpreter = readInterpreter(header)
  const gnuStack = readGnuStack(header)
  return {
    machine: machines[header.machine] ?? `machine-${header.machine}`,
    class: header.fields.wide ? 64 : 32,
    byteOrder: header.fields.little ? 'little' : 'big',
    type: typeOf(header, dynamic, interpreter),
    interpreter,
    needed: dynamic?.needed ?? [],
    soname: dynamic?.soname,
    relro: relroOf(header, dynamic),
    gnuStack,
    nxStack: gnuStack === 'missing' ? !defaultsToExecutableStack(header) : gnuStack === 'non-executable',
    writableExecutableSegments: header.segments.filter(
      ({ type, writable, executable }) => type === segmentType.load && writable && executable,
    ).length,
    textrel: dynamic?.textrel ?? false,
    rpath: dynamic?.rpath ?? [],
    runpath: dynamic?.runpath ?? [],
    language: guessLanguage(header, notes, dynamic?.needed ?? []),
    ...controlFlowMarks(header, notes),
  }
}

const typeOf = (
  header: ElfHeader,
  dynamic: Dynamic | undefined,
  interpreter: string | undefined,
): ElfType => {
  if (header.type === 1) return 'relocatable'
  if (header.type === 2) return 'executable'
  if (header.type === 4) return 'core'
  if (header.type !== 3) return 'other'
  // libc.so.6 can be run, so it has an interpreter; its soname says that it is a library all the same.
  const pie = dynamic?.pie === true || (interpreter !== undefined && dynamic?.soname === undefined)
  if (!pie) return 'shared-library'
  return interpreter === undefined && dynamic !== undefined ? 'static-pie' : 'pie'
}

const relroOf = (header: ElfHeader, dynamic: Dynamic | undefined): ElfFile['relro'] => {
  if (!header.segments.some(({ type }) => type === segmentType.gnuRelro)) return 'none'
  return dynamic === undefined || dynamic.bindNow ? 'full' : 'partial'
}

const readInterpreter = ({ segments, fields }: ElfHeader): string | undefined => {
  const segment = segments.find(({ type }) => type === segmentType.interpreter)
  return segment === undefined
    ? undefined
    : cString(fields.slice(segment.offset, segment.fileSize, 'the interpreter'))
}

const readGnuStack = ({ segments }: ElfHeader): ElfFile['gnuStack'] => {
  const stack = segments.find(({ type }) => type === segmentType.gnuStack)
  if (stack === undefined) return 'missing'
  return stack.executable ? 'executable' : 'non-executable'
}

const defaultsToExecutableStack = ({ machine, type }: ElfHeader): boolean =>
  type !== 1 && (machine === 62 || machine === 3)
