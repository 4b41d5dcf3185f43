import type { ByteSource } from '../byte-source.ts'
import { limits } from '../limits.ts'
import type { Partition } from './partition.ts'

const sectorBytes = 512

interface Entry {
  readonly type: number
  readonly first: number
  readonly sectors: number
  readonly isActive: boolean
}

const types: Readonly<Record<number, string>> = {
  1: 'FAT12',
  4: 'FAT16',
  6: 'FAT16',
  7: 'NTFS or exFAT',
  11: 'FAT32',
  12: 'FAT32',
  14: 'FAT16',
  130: 'Linux swap',
  131: 'Linux',
  142: 'Linux LVM',
  239: 'EFI system',
  253: 'Linux RAID',
}
const extended: readonly number[] = [0x05, 0x0f, 0x85]
/** The whole disk belongs to a GPT. */
const protective = 0xee

const entriesOf = (sector: Buffer): Entry[] =>
  [446, 462, 478, 494].map((at) => ({
    isActive: sector.readUInt8(at) === 0x80,
    type: sector.readUInt8(at + 4),
    first: sector.readUInt32LE(at + 8),
    sectors: sector.readUInt32LE(at + 12),
  }))

const hasMark = (sector: Buffer): boolean => sector.length >= 512 && sector.readUInt16LE(510) === 0xaa55

/**
 * Boot sectors and kernels end with the same mark: their bytes where a table would be must make sense as one. A file
 * that was cut off has partitions that end behind it.
 */
export const isMbr = (head: Buffer, size: number): boolean => {
  if (!hasMark(head)) return false
  const entries = entriesOf(head)
  const used = entries.filter(({ type }) => type !== 0)
  return (
    used.length > 0 &&
    [446, 462, 478, 494].every((at) => (head.readUInt8(at) & 0x7f) === 0) &&
    used.every(
      ({ type, first, sectors }) =>
        first > 0 && sectors > 0 && (type === protective || first * sectorBytes < size),
    )
  )
}

export const isProtective = (head: Buffer): boolean =>
  hasMark(head) && entriesOf(head).some(({ type }) => type === protective)

/** The partitions of an MBR, those in an extended partition too. @throws `IMAGE_DAMAGED` */
export const readMbr = async (source: ByteSource): Promise<Partition[]> => {
  const found: Partition[] = []
  const add = (number: number, base: number, { type, first, sectors, isActive }: Entry): void => {
    found.push({
      number,
      at: (base + first) * sectorBytes,
      length: sectors * sectorBytes,
      type: types[type] ?? `type 0x${type.toString(16).padStart(2, '0')}`,
      label: '',
      isActive,
    })
  }
  const primary = entriesOf(await source.read(0, sectorBytes))
  for (const [index, entry] of primary.entries()) {
    if (entry.type !== 0 && !extended.includes(entry.type)) add(index + 1, 0, entry)
  }
  const container = primary.find(({ type }) => extended.includes(type))
  if (container === undefined) return found
  // A chain: each table has one partition, and where the next table is.
  let number = 5
  for (let at: number | undefined = container.first; at !== undefined && found.length < limits.partitions; ) {
    const here = at
    const table = await source.read(here * sectorBytes, sectorBytes)
    if (!hasMark(table)) break
    const [logical, next] = entriesOf(table)
    if (logical !== undefined && logical.type !== 0) add(number++, here, logical)
    at = next !== undefined && extended.includes(next.type) ? container.first + next.first : undefined
  }
  return found
}
