import { type Architecture, isArchitecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'

/** A kernel's `.config`. */
export interface KernelConfig {
  /** By name without `CONFIG_`: `y`, `m`, `n` (for `# CONFIG_X is not set`), a number as written, or a string unquoted. */
  readonly options: ReadonlyMap<string, string>
  /** Undefined for a fragment that does not say. */
  readonly architecture: Architecture | undefined
  /** What the header says, such as `6.12.57` or `6.18.0-rc3`; undefined where there is none. */
  readonly release: string | undefined
}

/** Characters. The configuration of a kernel with everything has half a million. */
export const configSizeLimit = 8 * 1024 * 1024

const prefix = 'CONFIG_'
const offPrefix = '# CONFIG_'
const offSuffix = ' is not set'

/** What no text has: control characters, and the mark that stands for bytes that are not UTF-8. */
const unprintable = /[\0-\x08\x0b-\x1f\x7f\ufffd]/

/**
 * A line that scripts/kconfig/confdata.c does not write. One regular expression over the whole text, since a test of
 * each line takes ten times as long.
 */
const malformed = (() => {
  const beyondAscii = String.raw`\x80-\u2027\u202a-\ufffc\ufffe\uffff`
  const text = String.raw`[\t -~${beyondAscii}]`
  const quoted = String.raw`"(?:[\t !#-\[\]-~${beyondAscii}]|\\${text})*"`
  const lines = [
    String.raw`CONFIG_\w+=(?:[ymn]|-?\d+|0[xX][\da-fA-F]+|${quoted})`,
    String.raw`# CONFIG_\w+ is not set`,
    String.raw`#(?! CONFIG_\w+ is not)${text}*`,
    String.raw`[ \t]*`,
  ]
  return new RegExp(`^(?!(?:${lines.join('|')})$).*`, 'm')
})()

/**
 * Reads the text of a `.config`, or of a fragment of one.
 * @param name what it is called in errors: its path
 * @throws `BAD_KERNEL_CONFIG` (usage), `NAME:LINE: expected ..., found ...`: a line that is none, an option that stands
 * twice, two architectures, one that Drydock does not judge, bytes that are no text
 */
export const parseKernelConfig = (text: string, name: string): KernelConfig => {
  if (text.length > configSizeLimit) {
    throw wrong(name, `a kernel configuration of at most ${configSizeLimit} characters`, `${text.length}`)
  }
  if (text.trimStart() === '') throw wrong(name, 'a kernel configuration', 'an empty file')
  const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  // These end a line for regular expressions, and not for Kconfig.
  const end = ['\r', '\u2028', '\u2029'].find((character) => lines.includes(character))
  if (end !== undefined) throw wrong(placeOf(lines, lines.indexOf(end), name), 'text', characterText(end))
  const bad = malformed.exec(lines)
  if (bad !== null) {
    const place = placeOf(lines, bad.index, name)
    const character = unprintable.exec(bad[0])?.[0]
    if (character !== undefined) throw wrong(place, 'text', characterText(character))
    throw wrong(
      place,
      'CONFIG_NAME=VALUE, "# CONFIG_NAME is not set" or a comment',
      JSON.stringify(neutraliseLine(bad[0], 80)),
    )
  }
  const options = readOptions(lines, name)
  const [, label, release] = header.exec(lines.slice(0, 2048)) ?? []
  return { options, architecture: architectureOf(options, label, lines, name), release }
}

const characterText = (character: string): string =>
  character === '\ufffd'
    ? 'bytes that are not UTF-8'
    : `the character 0x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** Of a text whose lines are all well-formed. Characters instead of patterns: they take a third of the time. */
const readOptions = (text: string, name: string): ReadonlyMap<string, string> => {
  const options = new Map<string, string>()
  let lines = 0
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start)
    if (end === -1) end = text.length
    if (text[start] === 'C') {
      const equals = text.indexOf('=', start)
      options.set(text.slice(start + prefix.length, equals), valueIn(text, equals + 1, end))
      lines += 1
    } else if (text[start] === '#' && text.startsWith(offSuffix, end - offSuffix.length)) {
      if (!text.startsWith(offPrefix, start)) continue
      options.set(text.slice(start + offPrefix.length, end - offSuffix.length), 'n')
      lines += 1
    }
  }
  if (lines !== options.size) throw secondLine(text, name)
  return options
}

const valueIn = (text: string, start: number, end: number): string => {
  if (text[start] !== '"') return text.slice(start, end)
  const inner = text.slice(start + 1, end - 1)
  return inner.includes('\\') ? inner.replaceAll(/\\(.)/g, '$1') : inner
}

/** The error for an option that is known to stand twice. */
const secondLine = (text: string, name: string): DrydockError => {
  const first = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    const option = /^CONFIG_(\w+)=/.exec(line)?.[1] ?? /^# CONFIG_(\w+) is not set$/.exec(line)?.[1]
    const before = option === undefined ? undefined : first.get(option)
    if (before !== undefined) {
      return wrong(`${name}:${index + 1}`, 'each option once', `CONFIG_${option} again, after line ${before}`)
    }
    if (option !== undefined) first.set(option, index + 1)
  }
  return wrong(name, 'each option once', 'one of them twice')
}

/** `# Linux/arm64 6.12.57 Kernel Configuration` */
const header = /^# Linux\/(\S+) (\S+) Kernel Configuration$/m

/** The options by which the kernel's architectures are told apart; for x86 the 64-bit one only. */
const architectureOptions: Readonly<Record<string, string>> = {
  X86_64: 'x86_64',
  ARM64: 'arm64',
  X86_32: 'i386',
  ARM: 'arm',
  RISCV: 'riscv',
  PPC: 'powerpc',
  S390: 's390',
  MIPS: 'mips',
  LOONGARCH: 'loongarch',
  SPARC: 'sparc',
  PARISC: 'parisc',
  UML: 'user-mode Linux',
}

const architectureOf = (
  options: ReadonlyMap<string, string>,
  label: string | undefined,
  text: string,
  name: string,
): Architecture | undefined => {
  const [option, second] = Object.keys(architectureOptions).filter((key) => options.get(key) === 'y')
  if (option === undefined) return label !== undefined && isArchitecture(label) ? label : undefined
  const found = architectureOptions[option] ?? option
  const at = placeOf(text, lineMentioning(text, second ?? option), name)
  if (second !== undefined) {
    throw wrong(at, 'the configuration of one architecture', `CONFIG_${second}=y beside CONFIG_${option}=y`)
  }
  if (!isArchitecture(found)) throw wrong(at, 'a kernel for x86_64 or arm64', `CONFIG_${option}=y`)
  // Before 6.x the header says x86 for both sizes, and distributions set it themselves.
  if (label !== undefined && isArchitecture(label) && label !== found) {
    throw wrong(at, 'the configuration of one architecture', `CONFIG_${option}=y below a header for ${label}`)
  }
  return found
}

/** Where the first line about an option starts; it is known to be there. */
const lineMentioning = (text: string, option: string): number =>
  new RegExp(`^(?:# )?CONFIG_${option}[= ]`, 'm').exec(text)?.index ?? 0

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length

const placeOf = (text: string, index: number, name: string): string => `${name}:${lineOf(text, index)}`

const wrong = (place: string, expected: string, found: string): DrydockError =>
  new DrydockError(`${place}: expected ${expected}, found ${found}`, {
    code: 'BAD_KERNEL_CONFIG',
    blame: 'usage',
  })
