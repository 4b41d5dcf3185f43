import type { Architecture } from '../../common/architecture.ts'
import { isAtLeast, type KernelVersion } from './kernel-version.ts'

/** The parts of a program that the kernel places at random. */
export const placedParts = ['program', 'loader', 'heap', 'stack', 'vdso'] as const
export type PlacedPart = (typeof placedParts)[number]

export interface AddressSpaceFacts {
  readonly architecture: Architecture
  readonly version: KernelVersion
  /** Bytes. */
  readonly pageSize: number
  /** vm.mmap_rnd_bits. */
  readonly mmapBits: number
}

const bitsOfPages = (bytes: number, pageSize: number): number => Math.log2(bytes / pageSize)

const gibibyte = 2 ** 30

/**
 * Bits of entropy, counted in pages, that the kernel gives each part of a 64-bit program: of the heap, how far it is from
 * the program. Sources: STACK_RND_MASK in arch/{x86,arm64}/include/asm/elf.h; arch_randomize_brk() in
 * arch/x86/kernel/process.c, 32 MiB before 6.9 and 1 GiB since, and in arch/arm64/kernel/process.c, 1 GiB;
 * ELF_ET_DYN_BASE and mmap_base() both move by vm.mmap_rnd_bits. The vdso lies by the stack on older x86 kernels and is
 * mapped as all else by the others, so it varies at least as much as the less random of the two.
 */
export const bitsGiven = (facts: AddressSpaceFacts): Readonly<Record<PlacedPart, number>> => {
  const { architecture, version, pageSize, mmapBits } = facts
  const onX86 = architecture === 'x86_64'
  const heapBytes = onX86 && !isAtLeast(version, '6.9') ? gibibyte / 32 : gibibyte
  // In units of 4 KiB, whatever the size of a page.
  const stack = (onX86 ? 22 : 18) - Math.log2(pageSize / 4096)
  return {
    program: mmapBits,
    loader: mmapBits,
    heap: bitsOfPages(heapBytes, pageSize),
    stack,
    vdso: Math.min(stack, mmapBits),
  }
}
