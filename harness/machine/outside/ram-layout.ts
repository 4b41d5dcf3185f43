import type { Architecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'

/** A stretch of guest-physical memory and where it begins in the memory file; all in bytes. */
export interface RamSegment {
  readonly address: number
  readonly size: number
  readonly fileOffset: number
}

/** Where RAM begins: the region there is the machine's main memory. */
const ramBase: Readonly<Record<Architecture, number>> = { x86_64: 0, arm64: 0x4000_0000 }

const segmentsLimit = 256
const line = /^ {2}([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, (?:ram|rom)\): (\S+)(?: @([0-9a-f]{16}))?/

/**
 * Reads the RAM layout from HMP `info mtree -f`: what the CPU sees, whatever machine type, holes and shadows.
 * The first flat view holds the address space `memory`.
 */
export const parseRamLayout = (text: string, architecture: Architecture): RamSegment[] => {
  const view = text.split(/^FlatView #\d+$/m).find((part) => /^ AS "memory", root: system$/m.test(part)) ?? ''
  const regions = view.split('\n').flatMap((row) => {
    const [, first, last, name, offset] = line.exec(row.trimEnd()) ?? []
    if (first === undefined || last === undefined || name === undefined) return []
    const address = Number.parseInt(first, 16)
    const size = Number.parseInt(last, 16) - address + 1
    return [{ name, address, size, fileOffset: Number.parseInt(offset ?? '0', 16) }]
  })
  const main = regions.find(({ address }) => address === ramBase[architecture])
  const segments = regions.filter(({ name }) => name === main?.name)
  if (main === undefined || segments.length > segmentsLimit || segments.some(({ size }) => size <= 0))
    throw new DrydockError(
      `expected RAM at 0x${ramBase[architecture].toString(16)} in HMP 'info mtree -f', found ${regions.length} other regions`,
      {
        code: 'RAM_LAYOUT_UNKNOWN',
        blame: 'testbed',
        hint: 'This version of QEMU may print it otherwise: say so in an issue, with the output.',
      },
    )
  return segments.map(({ address, size, fileOffset }) => ({ address, size, fileOffset }))
}
