import { crc32 } from 'node:zlib'
import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { uint64LE } from '../fields.ts'
import type { Partition } from './partition.ts'

/** Disks of 512 bytes a sector are by far the most; 4096 are tried too. */
const sectorSizes = [512, 4096] as const
const mark = 'EFI PART'
/** Bytes: 128 entries of 128 bytes are usual. */
const mostTableBytes = 1024 * 1024

/** UEFI specification and the Discoverable Partitions Specification. */
const types: Readonly<Record<string, string>> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI system',
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'Linux',
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': 'Linux swap',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'Linux LVM',
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'Linux extended boot',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'Linux root (x86_64)',
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'Linux root (arm64)',
  '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5': 'Linux root verity (x86_64)',
  'df3300ce-d69f-4c92-978c-9bfb0f38d820': 'Linux root verity (arm64)',
  '41092b05-9fc8-4523-994f-2def0408b176': 'Linux root verity signature (x86_64)',
  '6db69de6-29f4-4758-a7a5-962190f00ce3': 'Linux root verity signature (arm64)',
  '8484680c-9521-48c6-9c11-b0720656f69e': 'Linux usr (x86_64)',
  'b0e01050-ee5f-4390-949a-9101b17104e9': 'Linux usr (arm64)',
  '77ff5f63-e7b6-4633-acf4-1565b864c0e6': 'Linux usr verity (x86_64)',
  '6e11a4e7-fbca-4ded-b9e9-e1a512bb664e': 'Linux usr verity (arm64)',
  '4d21b016-b534-45c2-a9fb-5c16e091fd2d': 'Linux var',
  '3b8f8425-20e0-4f3b-907f-1a25a76f98e8': 'Linux server data',
  '933ac7e1-2eb4-4f13-b844-0e14e2aef915': 'Linux home',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'Microsoft basic data',
}

export const isGpt = (head: Buffer): boolean =>
  sectorSizes.some((size) => head.toString('latin1', size, size + mark.length) === mark)

/** The first three fields are little endian, the last two are not. */
const guidOf = (bytes: Buffer): string =>
  [
    bytes.readUInt32LE(0).toString(16).padStart(8, '0'),
    bytes.readUInt16LE(4).toString(16).padStart(4, '0'),
    bytes.readUInt16LE(6).toString(16).padStart(4, '0'),
    bytes.toString('hex', 8, 10),
    bytes.toString('hex', 10, 16),
  ].join('-')

interface Table {
  readonly entryBytes: number
  readonly bytes: Buffer
}

/** Undefined where the header or the table does not match its checksum. */
const readTable = async (source: ByteSource, at: number, sectorBytes: number): Promise<Table | undefined> => {
  if (at < 0 || at + 512 > source.size) return undefined
  const header = await source.read(at, 512)
  const headerBytes = header.readUInt32LE(12)
  if (header.toString('latin1', 0, 8) !== mark || headerBytes < 92 || headerBytes > 512) return undefined
  const cleared = Buffer.from(header.subarray(0, headerBytes))
  cleared.writeUInt32LE(0, 16)
  if (crc32(cleared) !== header.readUInt32LE(16)) return undefined
  const entryBytes = header.readUInt32LE(84)
  const tableBytes = header.readUInt32LE(80) * entryBytes
  const start = uint64LE(header, 72) * sectorBytes
  if (entryBytes < 128 || tableBytes > mostTableBytes || start + tableBytes > source.size) return undefined
  const bytes = await source.read(start, tableBytes)
  return crc32(bytes) === header.readUInt32LE(88) ? { entryBytes, bytes } : undefined
}

/**
 * The partitions of a GPT: by its first table, else by the copy at the end of the disk.
 * @throws `IMAGE_DAMAGED` where neither matches its checksum
 */
export const readGpt = async (source: ByteSource): Promise<Partition[]> => {
  for (const sectorBytes of sectorSizes) {
    const table =
      (await readTable(source, sectorBytes, sectorBytes)) ??
      (await readTable(source, source.size - sectorBytes, sectorBytes))
    if (table !== undefined) return partitionsOf(table, sectorBytes)
  }
  throw damaged(
    'IMAGE_DAMAGED',
    `${source.name}: expected a GPT, found that neither table matches its checksum`,
  )
}

const partitionsOf = ({ bytes, entryBytes }: Table, sectorBytes: number): Partition[] => {
  const found: Partition[] = []
  for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
    const entry = bytes.subarray(at, at + entryBytes)
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue
    const guid = guidOf(entry)
    const first = uint64LE(entry, 32)
    found.push({
      number: at / entryBytes + 1,
      at: first * sectorBytes,
      length: (uint64LE(entry, 40) - first + 1) * sectorBytes,
      type: types[guid] ?? `type ${guid}`,
      label: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      isActive: (entry.readUInt8(48) & 4) !== 0,
    })
  }
  return found
}
