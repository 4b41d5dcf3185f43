import type { Layouts } from '../guest/place.ts'
import type { Mapping } from './memory-maps.ts'

/** Where the kernel puts a program that it does not randomise. */
export interface DefaultLayout {
  readonly program: bigint
  /** First address behind the stack. */
  readonly stackEnd: bigint
  /** First address behind what is mapped without an address. */
  readonly mapEnd: bigint
}

/** What a program that asked for no randomisation was given, on this very kernel; undefined where none was started. */
export const defaultLayout = ({ fixed, pageSize }: Layouts): DefaultLayout | undefined => {
  const [first] = fixed
  if (first === undefined) return undefined
  const page = BigInt(pageSize)
  return {
    program: first.program,
    stackEnd: (first.stack / page + 1n) * page,
    mapEnd: (first.loader > first.vdso ? first.loader : first.vdso) + page,
  }
}

/** Parts of a process that can lie at a random address. */
export type LayoutPart = 'program' | 'stack' | 'mappings'

/** The largest alignment of a segment that the kernel honours where it places a program. */
const mostAlignment = 2n * 1024n * 1024n

/** How far below the end the first mapping may end: it is as large as the loader, and aligned. */
const mapWindow = 256n * 1024n

const kernelMapped = /^\[(vdso|vvar\w*|vsyscall|stack|sigpage)\]$/

/**
 * The parts of a process that lie where they lie without randomisation. One of them may by chance (one in 2^12 at
 * the least), so that only two say something.
 * @param program path of its program; undefined where that is loaded at a fixed address by its own wish
 */
export const partsAtDefault = (
  maps: readonly Mapping[],
  program: string | undefined,
  layout: DefaultLayout,
): readonly LayoutPart[] => {
  const parts: LayoutPart[] = []
  const base = program === undefined ? undefined : maps.find(({ name }) => name === program)?.start
  if (base !== undefined && isAlignedDown(layout.program, base)) parts.push('program')
  const stack = maps.find(({ name }) => name === '[stack]')
  if (stack?.end === layout.stackEnd) parts.push('stack')
  const top = maps.findLast(({ name, start }) => !kernelMapped.test(name) && start < (stack?.start ?? 0n))
  if (top !== undefined && distance(top.end, layout.mapEnd) <= mapWindow) parts.push('mappings')
  return parts
}

const isAlignedDown = (address: bigint, found: bigint): boolean =>
  found <= address && address - found < mostAlignment && (address & ~(alignmentOf(found) - 1n)) === found

/** The largest power of two that divides an address, at most the largest that counts. */
const alignmentOf = (address: bigint): bigint => {
  let alignment = 1n
  while (alignment < mostAlignment && address % (alignment * 2n) === 0n) alignment *= 2n
  return alignment
}

const distance = (one: bigint, other: bigint): bigint => (one > other ? one - other : other - one)
