import { zstdCompressSync } from 'node:zlib'
import { execa } from 'execa'
import type { Architecture } from '../common/architecture.ts'
import type { CommandLine } from './bare/bare-guest.ts'

/** Something that may make a boot faster or slower, and how it is put in the place of what Drydock does. */
export interface Measure {
  /** What is done, `instead of` what Drydock does. */
  readonly name: string
  /** @default both */
  readonly on?: Architecture
  readonly commandLine?: (words: CommandLine) => CommandLine
  readonly initrd?: (bytes: Buffer) => Buffer | Promise<Buffer>
}

/** The words with another value of an option; the option must be there. */
export const withOption = (option: string, change: (value: string) => string) => (words: CommandLine) => {
  const at = words.indexOf(option) + 1
  const value = words[at]
  if (at === 0 || value === undefined) throw new Error(`expected ${option} in ${words.join(' ')}`)
  return words.with(at, change(value))
}

/** The words with another value of the first option's that has this text in it. */
export const withWord = (text: string, change: (word: string) => string) => (words: CommandLine) => {
  const at = words.findIndex((word) => word.includes(text))
  const word = words[at]
  if (word === undefined) throw new Error(`expected ${text} in ${words.join(' ')}`)
  return words.with(at, change(word))
}

const set = (option: string, value: string) => withOption(option, () => value)
const boot = (more: string) => withOption('-append', (cmdline) => `${cmdline} ${more}`)
const accelerator = (more: string) => withOption('-accel', () => `tcg${more}`)

/** Without the option and value that have this text in the value. */
const without = (text: string) => (words: CommandLine) => {
  const at = words.findIndex((word) => word.includes(text))
  if (at < 1) throw new Error(`expected ${text} in ${words.join(' ')}`)
  return words.toSpliced(at - 1, 2)
}

const noRomfile = (word: string): string => word.replace(',"romfile":""', '')

const fastConsole = (cmdline: string): string =>
  cmdline.replace(/console=(ttyS0|ttyAMA0)(?!,)/, 'console=$1,115200')

const lz4 = async (bytes: Buffer): Promise<Buffer> => {
  // The kernel reads the legacy frame only (Documentation: lib/decompress_unlz4.c).
  const { stdout } = await execa('lz4', ['-l', '-9', '-c'], { input: bytes, encoding: 'buffer' })
  return Buffer.from(stdout)
}

/** One line each: what was tried to make boots shorter. The image and the arguments are as Drydock has them otherwise. */
export const measures: readonly Measure[] = [
  { name: 'initrd compressed with zstd, instead of not at all', initrd: (bytes) => zstdCompressSync(bytes) },
  { name: 'initrd compressed with lz4, instead of not at all', initrd: lz4 },
  { name: 'CPU model max, instead of max,-cx16', on: 'x86_64', commandLine: set('-cpu', 'max') },
  { name: 'CPU model qemu64, instead of max,-cx16', on: 'x86_64', commandLine: set('-cpu', 'qemu64') },
  {
    name: 'CPU model max with the architected PAC, instead of pauth-impdef=on',
    on: 'arm64',
    commandLine: set('-cpu', 'max'),
  },
  {
    name: 'CPU model cortex-a72, instead of max,pauth-impdef=on',
    on: 'arm64',
    commandLine: set('-cpu', 'cortex-a72'),
  },
  { name: 'translation cache of 32 MiB, instead of 256 MiB', commandLine: accelerator(',tb-size=32') },
  { name: 'translation cache of 1024 MiB, instead of 256 MiB', commandLine: accelerator(',tb-size=1024') },
  {
    name: 'one thread for all of QEMU (thread=single), instead of one for each processor',
    commandLine: accelerator(',thread=single,tb-size=256'),
  },
  {
    name: "network card's option ROM loaded, instead of none",
    commandLine: withWord('"romfile":""', noRomfile),
  },
  {
    name: 'machine pc, instead of q35',
    on: 'x86_64',
    commandLine: withWord('q35,', (word) => word.replace('q35', 'pc')),
  },
  {
    name: 'interrupt controller GICv2, instead of GICv3',
    on: 'arm64',
    commandLine: withWord('gic-version=3', (word) => word.replace('gic-version=3', 'gic-version=2')),
  },
  { name: 'two processors, instead of one', commandLine: set('-smp', '2') },
  {
    name: 'no random numbers from the host, instead of virtio-rng',
    commandLine: without('"virtio-rng-pci"'),
  },
  { name: 'console at 115200 baud, instead of the default', commandLine: withOption('-append', fastConsole) },
  {
    name: 'a quiet kernel, instead of all its words',
    commandLine: boot('quiet loglevel=3'),
  },
  {
    name: 'no init_on_alloc and init_on_free, instead of both',
    commandLine: boot('init_on_alloc=0 init_on_free=0'),
  },
  { name: 'mitigations=off, instead of all', commandLine: boot('mitigations=off') },
  {
    name: 'no page table isolation (nopti), instead of as the CPU asks',
    on: 'x86_64',
    commandLine: boot('nopti'),
  },
]
