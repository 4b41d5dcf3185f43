import { writeFile } from 'node:fs/promises'
import type { Architecture } from '../../common/architecture.ts'

/** Guest-physical address of the byte that the remembering kernel keeps. */
export const rememberedAt: Readonly<Record<Architecture, number>> = {
  x86_64: 0x20_0000,
  arm64: 0x4300_0000,
}

/**
 * Writes a kernel of some 100 bytes to `path`, for tests of memory: it says `DRYDOCK` and a line feed on serial line 0, and
 * answers every byte it gets there with the one before, which it keeps in memory; the first with NUL.
 */
export const writeRememberingKernel = async (path: string, architecture: Architecture): Promise<string> => {
  await writeFile(path, Buffer.from(kernels[architecture].join(''), 'hex'))
  return path
}

// GNU assembler. x86_64: a multiboot kernel at 1 MiB.
const x86: readonly string[] = [
  '02b0ad1b', // hdr: .long 0x1badb002
  '00000100', // .long 0x10000
  'fe4f51e4', // .long -(0x1badb002+0x10000)
  '00001000', // .long 0x100000
  '00001000', // .long 0x100000
  '00000000', // .long 0
  '00000000', // .long 0
  '20001000', // .long 0x100020
  'be48001000', // movl $(0x100000 + text - hdr), %esi
  'b908000000', // movl $8, %ecx
  '66baf803', // movw $0x3f8, %dx
  'fc', // cld
  'f36e', // rep outsb
  '66bafd03', // 1: movw $0x3fd, %dx
  'ec', // inb %dx, %al
  'a801', // testb $1, %al
  '74f7', // jz 1b
  '66baf803', // movw $0x3f8, %dx
  'ec', // inb %dx, %al
  '860500002000', // xchgb %al, 0x200000
  'ee', // outb %al, %dx
  'ebe9', // jmp 1b
  '445259444f434b0a', // text: .ascii "DRYDOCK\n"
]

// A flat image; the PL011 is at 0x09000000.
const arm64: readonly string[] = [
  '0420a1d2', // movz x4, #0x0900, lsl #16
  '0660a8d2', // movz x6, #0x4300, lsl #16
  'a1010010', // adr x1, text
  '20144038', // 1: ldrb w0, [x1], #1
  '60000034', // cbz w0, 2f
  '800000b9', // str w0, [x4]
  'fdffff17', // b 1b
  '801840b9', // 2: ldr w0, [x4, #0x18]
  'e0ff2737', // tbnz w0, #4, 2b
  '800040b9', // ldr w0, [x4]
  '001c0012', // and w0, w0, #0xff
  'c50040b9', // ldr w5, [x6]
  'c00000b9', // str w0, [x6]
  '850000b9', // str w5, [x4]
  'f9ffff17', // b 2b
  '445259444f434b0a00', // text: .asciz "DRYDOCK\n"
]

const kernels: Readonly<Record<Architecture, readonly string[]>> = { x86_64: x86, arm64 }
