import { writeFile } from 'node:fs/promises'
import type { Architecture } from '../../common/architecture.ts'

/**
 * Writes a kernel of some 100 bytes to `path`, for tests of all that is around a guest: it says `DRYDOCK` and a line feed on
 * serial line 0, gives back every byte it gets there, switches itself off at `q` and reboots at `r`.
 */
export const writeTinyKernel = async (path: string, architecture: Architecture): Promise<string> => {
  await writeFile(path, Buffer.from(kernels[architecture].join(''), 'hex'))
  return path
}

// GNU assembler. x86_64: a multiboot kernel at 1 MiB; 0x604 is q35's ACPI control, which SeaBIOS has put there.
const x86: readonly string[] = [
  '02b0ad1b', // hdr: .long 0x1badb002
  '00000100', // .long 0x10000
  'fe4f51e4', // .long -(0x1badb002+0x10000)
  '00001000', // .long 0x100000
  '00001000', // .long 0x100000
  '00000000', // .long 0
  '00000000', // .long 0
  '20001000', // .long 0x100020
  'be5d001000', // movl $(0x100000 + text - hdr), %esi
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
  '3c71', // cmpb $'q', %al
  '7407', // je off
  '3c72', // cmpb $'r', %al
  '740f', // je reset
  'ee', // outb %al, %dx
  'ebe7', // jmp 1b
  '66ba0406', // off: movw $0x604, %dx
  '66b80020', // movw $0x2000, %ax
  '66ef', // outw %ax, %dx
  'eb04', // jmp 2f
  'b0fe', // reset: movb $0xfe, %al
  'e664', // outb %al, $0x64
  'f4', // 2: hlt
  'ebfd', // jmp 2b
  '445259444f434b0a', // text: .ascii "DRYDOCK\n"
]

// A flat image; the PL011 is at 0x09000000, and PSCI is reached by hvc.
const arm64: readonly string[] = [
  '0420a1d2', // movz x4, #0x0900, lsl #16
  'e1020010', // adr x1, text
  '20144038', // 1: ldrb w0, [x1], #1
  '60000034', // cbz w0, 2f
  '800000b9', // str w0, [x4]
  'fdffff17', // b 1b
  '801840b9', // 2: ldr w0, [x4, #0x18]
  'e0ff2737', // tbnz w0, #4, 2b
  '800040b9', // ldr w0, [x4]
  '001c0012', // and w0, w0, #0xff
  '1fc40171', // cmp w0, #'q'
  'a0000054', // b.eq off
  '1fc80171', // cmp w0, #'r'
  'c0000054', // b.eq reset
  '800000b9', // str w0, [x4]
  'f7ffff17', // b 2b
  '00018052', // off: movz w0, #8
  '0080b072', // movk w0, #0x8400, lsl #16
  '020000d4', // hvc #0
  '20018052', // reset: movz w0, #9
  '0080b072', // movk w0, #0x8400, lsl #16
  '020000d4', // hvc #0
  '7f2003d5', // 3: wfi
  'ffffff17', // b 3b
  '445259444f434b0a00', // text: .asciz "DRYDOCK\n"
]

const kernels: Readonly<Record<Architecture, readonly string[]>> = { x86_64: x86, arm64 }
