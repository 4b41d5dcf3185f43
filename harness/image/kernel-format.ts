import { gunzipStart } from './compression.ts'
import { detectCompression } from './compression-format.ts'
import { isElf } from './elf/header.ts'
import { readElf } from './elf.ts'

export const kernelFormats = ['bzImage', 'Image', 'Image.gz', 'EFI zboot', 'vmlinux'] as const
export type KernelFormat = (typeof kernelFormats)[number]

/** What the headers of a kernel's file say. */
export interface KernelHeader {
  readonly format: KernelFormat
  /** `x86_64` and `arm64` as Drydock calls them, else a name for the error that refuses it. */
  readonly architecture: string
  /** What the header itself says; most formats leave it to the payload. */
  readonly release: string | undefined
  /** Where the kernel proper is, and whether that is a compressed stream; bytes of the file. */
  readonly payload: {
    readonly offset: number
    readonly length: number
    readonly compressed: boolean
    /** All but gzip end with the size of the content, four bytes that only the kernel's own unpacker knows of. */
    readonly endsWithSize?: boolean
  }
}

/** Recognises a kernel from the bytes of its file; undefined where they are none that Drydock knows. */
export const recogniseKernel = (bytes: Buffer): KernelHeader | undefined =>
  bzImage(bytes) ?? zboot(bytes) ?? image(bytes) ?? imageGz(bytes) ?? vmlinux(bytes)

/** Documentation/arch/x86/boot.rst: the real-mode header at 0x1f1. */
const bzImage = (bytes: Buffer): KernelHeader | undefined => {
  if (
    bytes.length < 0x260 ||
    bytes.readUInt16LE(0x1fe) !== 0xaa55 ||
    bytes.toString('latin1', 0x202, 0x206) !== 'HdrS'
  ) {
    return undefined
  }
  const version = bytes.readUInt16LE(0x206)
  const setupSectors = bytes.readUInt8(0x1f1) || 4
  const releaseAt = bytes.readUInt16LE(0x20e) + 0x200
  // XLF_KERNEL_64; protocol 2.12 (Linux 3.8) brought the field.
  const is64 = version >= 0x020c && (bytes.readUInt16LE(0x236) & 1) !== 0
  const hasPayload = version >= 0x0208
  return {
    format: 'bzImage',
    architecture: is64 ? 'x86_64' : '32-bit x86',
    release: /^\d[^\s\0]{0,99}/.exec(bytes.toString('latin1', releaseAt, releaseAt + 100))?.[0],
    payload: {
      offset: (setupSectors + 1) * 512 + (hasPayload ? bytes.readUInt32LE(0x248) : 0),
      length: hasPayload ? bytes.readUInt32LE(0x24c) : 0,
      compressed: true,
      endsWithSize: true,
    },
  }
}

/** drivers/firmware/efi/libstub/zboot-header.S: a PE program that holds a compressed kernel, its length without that size. */
const zboot = (bytes: Buffer): KernelHeader | undefined => {
  if (
    bytes.length < 64 ||
    bytes.toString('latin1', 0, 2) !== 'MZ' ||
    bytes.toString('latin1', 4, 8) !== 'zimg'
  ) {
    return undefined
  }
  const pe = bytes.readUInt32LE(0x3c)
  const machine = pe + 6 <= bytes.length ? bytes.readUInt16LE(pe + 4) : 0
  return {
    format: 'EFI zboot',
    architecture: peMachines.get(machine) ?? `PE machine 0x${machine.toString(16)}`,
    release: undefined,
    payload: { offset: bytes.readUInt32LE(8), length: bytes.readUInt32LE(12), compressed: true },
  }
}

const peMachines: ReadonlyMap<number, string> = new Map([
  [0xaa64, 'arm64'],
  [0x8664, 'x86_64'],
  [0x5064, 'riscv64'],
  [0x6264, 'loongarch64'],
])

/** Documentation/arch/arm64/booting.rst and its riscv twin: a magic at 56. */
const image = (bytes: Buffer): KernelHeader | undefined => {
  const architecture = imageMagics[bytes.toString('latin1', 56, 60)]
  if (architecture === undefined || bytes.length < 64) return undefined
  return {
    format: 'Image',
    architecture,
    release: undefined,
    payload: whole(bytes, false),
  }
}

const imageMagics: Readonly<Record<string, string>> = { 'ARM\x64': 'arm64', 'RSC\x05': 'riscv64' }

const imageGz = (bytes: Buffer): KernelHeader | undefined => {
  const start = detectCompression(bytes) === 'gzip' ? gunzipStart(bytes.subarray(0, 65_536)) : undefined
  const inner = start === undefined ? undefined : image(start)
  if (inner === undefined) return undefined
  return { ...inner, format: 'Image.gz', payload: whole(bytes, true) }
}

/** An uncompressed ELF kernel, which QEMU starts through its PVH note; other programs have no banner. */
const vmlinux = (bytes: Buffer): KernelHeader | undefined => {
  if (!isElf(bytes) || findBanner(bytes) === undefined) return undefined
  const elf = readElf(bytes)
  if (elf?.type !== 'executable') return undefined
  return { format: 'vmlinux', architecture: elf.machine, release: undefined, payload: whole(bytes, false) }
}

const whole = (bytes: Buffer, compressed: boolean): KernelHeader['payload'] => ({
  offset: 0,
  length: bytes.length,
  compressed,
})

/** The release in the banner of an uncompressed kernel, what `uname -r` will say. */
export const findBanner = (bytes: Buffer): string | undefined => {
  const banner = 'Linux version '
  for (let at = bytes.indexOf(banner); at !== -1; at = bytes.indexOf(banner, at + 1)) {
    const line = bytes.toString('latin1', at + banner.length, at + banner.length + 200)
    const release = /^(\d+\.\d+\S{0,100}) \(/.exec(line)?.[1]
    if (release !== undefined) return release
  }
  return undefined
}
