/** Firmware of the smoke guest (smoke-guest.ts) for x86_64: 64 KiB that end at 4 GiB, entered at their last 16 bytes. */
export const x86Firmware = (): Buffer => {
  const rom = Buffer.alloc(romSize)
  Buffer.from(code.join(''), 'hex').copy(rom)
  Buffer.from(resetVector, 'hex').copy(rom, romSize - 16)
  return rom
}

const romSize = 0x10000
const resetVector = 'e90d00' // jmp 0: the offset wraps at 64 KiB

// GNU assembler, AT&T syntax; data between code as it stands there.
const code = [
  // Real mode; the code segment starts at 0xffff0000, where this ROM is.
  'fa', // cli
  '2e660f01161800', // lgdtl %cs:(gdtr - start)
  '0f20c0', // movl %cr0, %eax
  '0c01', // orb $1, %al
  '0f22c0', // movl %eax, %cr0
  '66ea4000ffff0800', // ljmpl $0x08, $(0xffff0000 + (prot - start))
  '1f00', // gdtr: .word 0x1f
  '2000ffff', // .long 0xffff0000 + (gdt - start)
  '6690', // .balign 8
  '0000000000000000', // gdt: .quad 0
  'ffff0000009bcf00', // .quad 0x00cf9b000000ffff
  'ffff00000093cf00', // .quad 0x00cf93000000ffff
  'ffff0000009baf00', // .quad 0x00af9b000000ffff
  // Protected mode at 0x40: identity map of 4 GiB in 2 MiB pages, tables from 0x1000 on.
  'b810000000', // movl $0x10, %eax
  '8ed8', // movl %eax, %ds
  '8ec0', // movl %eax, %es
  '8ed0', // movl %eax, %ss
  'bc00800000', // movl $0x8000, %esp
  '31c0', // xorl %eax, %eax
  'bf00100000', // movl $0x1000, %edi
  'b900180000', // movl $0x1800, %ecx
  'fc', // cld
  'f3ab', // rep stosl
  'c7050010000003200000', // movl $0x2003, 0x1000
  'bf00200000', // movl $0x2000, %edi
  'b803300000', // movl $0x3003, %eax
  'b904000000', // movl $4, %ecx
  '8907', // 1: movl %eax, (%edi)
  '0500100000', // addl $0x1000, %eax
  '83c708', // addl $8, %edi
  'e2f4', // loop 1b
  'bf00300000', // movl $0x3000, %edi
  'b883000000', // movl $0x83, %eax
  'b900080000', // movl $2048, %ecx
  '8907', // 2: movl %eax, (%edi)
  '0500002000', // addl $0x200000, %eax
  '83c708', // addl $8, %edi
  'e2f4', // loop 2b
  '0f20e0', // movl %cr4, %eax
  '83c820', // orl $0x20, %eax
  '0f22e0', // movl %eax, %cr4
  'b800100000', // movl $0x1000, %eax
  '0f22d8', // movl %eax, %cr3
  'b9800000c0', // movl $0xc0000080, %ecx
  '0f32', // rdmsr
  '0d00010000', // orl $0x100, %eax
  '0f30', // wrmsr
  '0f20c0', // movl %cr0, %eax
  '0d00000180', // orl $0x80010000, %eax
  '0f22c0', // movl %eax, %cr0
  'ead000ffff1800', // ljmpl $0x18, $(0xffff0000 + (long - start))
  // Long mode with paging at 0xd0.
  'baf8030000', // movl $0x3f8, %edx
  'b02e', // movb $'.', %al
  'ee', // outb %al, %dx
  'bf00000100', // movl $0x10000, %edi
  'b9002d3101', // movl $20000000, %ecx
  '31c0', // xorl %eax, %eax
  '486bc01f', // 3: imulq $31, %rax, %rax
  '4801c8', // addq %rcx, %rax
  '488907', // movq %rax, (%rdi)
  '483b07', // cmpq (%rdi), %rax
  '7513', // jne 4f
  'ffc9', // decl %ecx
  '75ed', // jnz 3b
  '488d350b000000', // leaq text(%rip), %rsi
  'b908000000', // movl $8, %ecx
  'fc', // cld
  'f36e', // rep outsb
  'f4', // 4: hlt
  'ebfd', // jmp 4b
  '445259444f434b0a', // text: .ascii "DRYDOCK\n"
]
