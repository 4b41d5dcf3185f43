import { promisify } from 'node:util'
import { constants, createZstdDecompress, inflateRaw } from 'node:zlib'
import { messageOf } from '../../common/errors.ts'
import { type ByteSource, checkRange, readStart } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { uint64BE } from '../fields.ts'
import { GrowingBuffer } from '../growing-buffer.ts'
import { metadataSource } from '../metadata-source.ts'

const inflate = promisify(inflateRaw)

/** QEMU's docs/interop/qcow2.txt; places and sizes are bytes. */
interface Header {
  readonly clusterBits: number
  readonly size: number
  readonly level1: { readonly at: number; readonly entries: number }
  readonly compression: 'zlib' | 'zstd'
}

/** Incompatible features that change nothing for a reader: refcounts that are out of date, another compression. */
const harmless = 0x1 | 0x8
const others: readonly (readonly [number, string])[] = [
  [0x2, 'the mark that it is corrupt'],
  [0x4, 'its data in another file'],
  [0x10, 'subclusters'],
]

export const isQcow2 = (head: Buffer): boolean =>
  head.length >= 72 && head.readUInt32BE(0) === 0x514649fb && head.readUInt32BE(4) >= 2

const readHeader = async (source: ByteSource): Promise<Header> => {
  const head = await readStart(source, 112)
  if (!isQcow2(head)) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the header of qcow2, found other bytes`)
  }
  const version = head.readUInt32BE(4)
  // The second half of the feature bits is not in use.
  const features = version >= 3 && head.length >= 104 ? head.readUInt32BE(76) : 0
  const unsupported = whatIsUnsupported(head, version, features)
  if (unsupported !== undefined) {
    throw damaged('IMAGE_UNSUPPORTED', `${source.name}: expected a qcow2 on its own, found ${unsupported}`, {
      hint: `Write it as one plain file: qemu-img convert -O qcow2 ${source.name} OTHER.qcow2`,
    })
  }
  const header: Header = {
    clusterBits: head.readUInt32BE(20),
    size: uint64BE(head, 24),
    level1: { at: uint64BE(head, 40), entries: head.readUInt32BE(36) },
    compression: (features & 8) !== 0 && head.length > 104 && head.readUInt8(104) === 1 ? 'zstd' : 'zlib',
  }
  const { clusterBits, size, level1 } = header
  if (clusterBits < 9 || clusterBits > 21 || !Number.isSafeInteger(size)) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${source.name}: expected clusters of 512 bytes to 2 MiB, found 2^${clusterBits}`,
    )
  }
  // One table of the second level has 8 bytes for each of its clusters.
  const needed = Math.ceil(size / 2 ** (2 * clusterBits - 3))
  if (level1.entries < needed) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected ${needed} tables, found ${level1.entries}`)
  }
  checkRange(source.name, source.size, level1.at, needed * 8)
  return header
}

const whatIsUnsupported = (head: Buffer, version: number, features: number): string | undefined => {
  if (version > 3) return `version ${version}`
  if (uint64BE(head, 8) !== 0) return 'a backing file'
  if (head.readUInt32BE(32) !== 0) return 'encryption'
  const unknown = features & ~harmless
  if (unknown === 0) return undefined
  return others.find(([bit]) => (unknown & bit) !== 0)?.[1] ?? `feature 0x${(unknown >>> 0).toString(16)}`
}

/** Where a guest's cluster is: nowhere (zeros), in one piece, or compressed. */
type Place =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'plain'; readonly at: number }
  | { readonly kind: 'compressed'; readonly at: number; readonly length: number }

const offsetMask = 0x00fffffffffffe00n

const placeOf = (entry: bigint, clusterBits: number): Place => {
  if ((entry & (1n << 62n)) !== 0n) {
    const offsetBits = BigInt(62 - (clusterBits - 8))
    const at = Number(entry & ((1n << offsetBits) - 1n))
    const sectors = Number((entry & ((1n << 62n) - 1n)) >> offsetBits)
    return { kind: 'compressed', at, length: (sectors + 1) * 512 - (at % 512) }
  }
  const at = Number(entry & offsetMask)
  return at === 0 || (entry & 1n) !== 0n ? { kind: 'zeros' } : { kind: 'plain', at }
}

/**
 * The disk that a qcow2 image holds, as its guest sees it; snapshots inside are not looked at.
 * @throws `IMAGE_DAMAGED`, `IMAGE_UNSUPPORTED` for backing files, encryption and data kept elsewhere
 */
export const openQcow2 = async (source: ByteSource): Promise<ByteSource> => {
  const { clusterBits, size, level1, compression } = await readHeader(source)
  // Without a limit: a disk is read for as long as its files are, and tables lead nowhere but to clusters.
  const tables = metadataSource(source, Number.POSITIVE_INFINITY)
  const clusterBytes = 2 ** clusterBits
  const perTable = clusterBytes / 8
  const name = source.name
  let kept: { readonly at: number; readonly bytes: Buffer } | undefined

  const entry = async (at: number): Promise<bigint> => (await tables.read(at, 8)).readBigUInt64BE(0)
  const find = async (cluster: number): Promise<Place> => {
    const table = Number((await entry(level1.at + Math.floor(cluster / perTable) * 8)) & offsetMask)
    return table === 0
      ? { kind: 'zeros' }
      : placeOf(await entry(table + (cluster % perTable) * 8), clusterBits)
  }
  const unpacked = async (place: { readonly at: number; readonly length: number }): Promise<Buffer> => {
    if (kept?.at === place.at) return kept.bytes
    const coded = await source.read(place.at, Math.min(place.length, source.size - place.at))
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: clusterBytes }
    const bytes = await (compression === 'zlib'
      ? inflate(coded, options)
      : firstFrame(coded, clusterBytes)
    ).catch((error: unknown) => {
      throw damaged('IMAGE_DAMAGED', `${name}: expected a compressed cluster, found: ${messageOf(error)}`, {
        cause: error,
      })
    })
    if (bytes.length !== clusterBytes) {
      throw damaged(
        'IMAGE_DAMAGED',
        `${name}: expected a compressed cluster of ${clusterBytes} bytes, found ${bytes.length}`,
      )
    }
    kept = { at: place.at, bytes }
    return bytes
  }
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(name, size, offset, length)
      const output = Buffer.alloc(length)
      for (let at = offset; at < offset + length; ) {
        const inside = at % clusterBytes
        const count = Math.min(clusterBytes - inside, offset + length - at)
        const place = await find(Math.floor(at / clusterBytes))
        if (place.kind === 'plain') {
          const part = await source.read(place.at + inside, count)
          part.copy(output, at - offset)
        } else if (place.kind === 'compressed') {
          const bytes = await unpacked(place)
          bytes.copy(output, at - offset, inside, inside + count)
        }
        at += count
      }
      return output
    },
  }
}

/** What follows the first frame in the last sector belongs to another cluster. */
const firstFrame = async (coded: Buffer, clusterBytes: number): Promise<Buffer> => {
  const output = new GrowingBuffer(clusterBytes)
  const frames = createZstdDecompress({ chunkSize: Math.max(1024, clusterBytes) })
  frames.end(coded)
  for await (const piece of frames) {
    if (!(piece instanceof Uint8Array) || !output.append(piece.subarray(0, clusterBytes - output.length)))
      break
    if (output.length === clusterBytes) break
  }
  return output.bytes()
}
