import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'

const clusterBits = 16
const clusterBytes = 2 ** clusterBits
/** Bytes of a disk that one entry of the first-level table stands for: a cluster full of entries of 8 bytes. */
const entryCovers = clusterBytes * (clusterBytes / 8)

/**
 * An overlay without any block: the pieces of a qcow2 file by their offset, and its size. All between them is zeros.
 * Written here rather than by qemu-img, since a fork is to take no longer than a program takes to start.
 * Format: docs/interop/qcow2.txt of QEMU, version 3. The file names no backing file: QEMU is told of it by descriptor.
 * @param diskBytes size of the disk, a multiple of 512
 */
export const emptyOverlay = (diskBytes: number): { pieces: ReadonlyMap<number, Buffer>; size: number } => {
  const entries = Math.ceil(diskBytes / entryCovers)
  const [refcountTable, refcountBlock, firstLevel] = [1, 2, 3].map((cluster) => cluster * clusterBytes)
  const clusters = 3 + Math.max(1, Math.ceil((entries * 8) / clusterBytes))
  const header = Buffer.alloc(112)
  header.write('QFI\u00fb', 0, 'latin1')
  header.writeUInt32BE(3, 4) // version
  header.writeUInt32BE(clusterBits, 20)
  header.writeBigUInt64BE(BigInt(diskBytes), 24)
  header.writeUInt32BE(entries, 36)
  header.writeBigUInt64BE(BigInt(firstLevel ?? 0), 40)
  header.writeBigUInt64BE(BigInt(refcountTable ?? 0), 48)
  header.writeUInt32BE(1, 56) // clusters of the refcount table
  header.writeUInt32BE(4, 96) // refcounts have 2^4 bits
  header.writeUInt32BE(104, 100) // length of the header; what follows says that there are no extensions
  const toBlock = Buffer.alloc(8)
  toBlock.writeBigUInt64BE(BigInt(refcountBlock ?? 0))
  const refcounts = Buffer.alloc(clusters * 2)
  for (let cluster = 0; cluster < clusters; cluster += 1) refcounts.writeUInt16BE(1, cluster * 2)
  return {
    pieces: new Map([
      [0, header],
      [refcountTable ?? 0, toBlock],
      [refcountBlock ?? 0, refcounts],
    ]),
    size: clusters * clusterBytes,
  }
}

/**
 * Makes an overlay that takes a guest's writes, as a file without a name: it is gone with its last descriptor, however
 * that comes about. Throws `OVERLAY_UNWRITABLE`.
 */
export const makeOverlay = async (folder: string, diskBytes: number): Promise<FileHandle> => {
  const path = join(folder, `drydock-overlay-${randomUUID()}`)
  try {
    await using held = new AsyncDisposableStack()
    const handle = held.use(await open(path, 'wx+', 0o600))
    await unlink(path)
    const { pieces, size } = emptyOverlay(diskBytes)
    await handle.truncate(size)
    for (const [offset, piece] of pieces) await handle.write(piece, 0, piece.length, offset)
    held.move()
    return handle
  } catch (cause) {
    throw new DrydockError(
      `expected to make a file for a guest's writes in ${folder}, found: ${messageOf(cause)}`,
      {
        code: 'OVERLAY_UNWRITABLE',
        blame: 'testbed',
        phase: 'prepare',
        hint: 'Set TMPDIR to a folder with room.',
        cause,
      },
    )
  }
}
