import { constants, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { messageOf } from '../../common/errors.ts'
import { type ByteSource, checkRange } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { firstAfter } from '../extent-source.ts'
import { decodeLz4Block } from '../lz4-block.ts'
import { readCompressedMap } from './compressed-map.ts'
import type { CompressedExtent, Inode, Volume } from './inode.ts'

/** No extent holds more, coded or not (Z_EROFS_PCLUSTER_MAX_SIZE and _MAX_DSIZE). */
const most = { coded: 1024 ** 2, decoded: 12 * 1024 ** 2 } as const

/** A compressed file; its extents are decoded when they are read, the last one of the volume is kept. */
export const compressedSource = (
  volume: Volume,
  inode: Inode,
  name: string,
  through: ByteSource,
): ByteSource => {
  const owner = {}
  return {
    name,
    size: inode.size,
    read: async (offset, length) => {
      checkRange(name, inode.size, offset, length)
      const extents = await volume.maps.of(owner, () => readCompressedMap(volume, inode))
      const output = Buffer.alloc(length)
      for (let index = firstAfter(extents, offset); index < extents.length; index += 1) {
        const extent = extents[index]
        if (extent === undefined || extent.at >= offset + length) break
        const bytes = await volume.decoded.of(extent, () => decode(volume, extent, name, through))
        const from = Math.max(offset - extent.at, 0)
        bytes.copy(output, extent.at + from - offset, from)
      }
      return output
    },
  }
}

const decode = async (
  volume: Volume,
  extent: CompressedExtent,
  name: string,
  through: ByteSource,
): Promise<Buffer> => {
  const bad = (found: string, cause?: unknown) =>
    damaged('IMAGE_DAMAGED', `${name}: expected ${extent.coding} data at byte ${extent.at}, found ${found}`, {
      cause,
    })
  if (extent.coding === 'packed') return await (await volume.packed(through)).read(extent.from, extent.length)
  if (extent.coded > most.coded || extent.length > most.decoded) {
    throw bad(`${extent.coded} bytes for ${extent.length}`)
  }
  const available = Math.min(extent.coded, Math.max(0, through.size - extent.from))
  const coded = await through.read(extent.from, available)
  try {
    const bytes = decoders[extent.coding](coded, extent, volume)
    if (bytes === undefined || bytes.length < extent.length) throw bad('other bytes')
    return bytes.subarray(0, extent.length)
  } catch (error) {
    throw bad(messageOf(error), error)
  }
}

type Decoder = (coded: Buffer, extent: CompressedExtent, volume: Volume) => Buffer | undefined

/** Compressed data is at the end of its blocks, behind zeros. */
const unpadded = (coded: Buffer, { superblock }: Volume): Buffer => {
  if (!superblock.hasZeroPadding) return coded
  const start = coded.findIndex((byte) => byte !== 0)
  return start === -1 ? coded : coded.subarray(start)
}

const decoders: Readonly<Record<Exclude<CompressedExtent['coding'], 'packed'>, Decoder>> = {
  stored: (coded) => coded,
  rotated: (coded, { at, length }, { superblock }) => {
    const turn = at % superblock.blockBytes
    const head = coded.subarray(turn, turn + length)
    return Buffer.concat([head, coded.subarray(0, length - head.length)])
  },
  lz4: (coded, { length }, volume) => decodeLz4Block(unpadded(coded, volume), length),
  deflate: (coded, _, volume) =>
    inflateRawSync(unpadded(coded, volume), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: most.decoded,
    }),
  zstd: (coded, _, volume) => zstdDecompressSync(unpadded(coded, volume), { maxOutputLength: most.decoded }),
  microlzma: () => undefined,
}
