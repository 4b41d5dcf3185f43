import { open } from 'node:fs/promises'

/** How a disk's blocks lie in its file. */
export type DiskFormat = 'raw' | 'qcow2'

export interface DiskImage {
  readonly format: DiskFormat
  /** Bytes of the disk as a guest sees it, a multiple of 512. */
  readonly diskBytes: number
}

/** A disk image in words that follow "found", where it cannot be used. */
export interface UnusableDisk {
  readonly problem: string
}

const headerBytes = 104
const magic = 0x514649fb
const sectorBytes = 512
/** The largest that QEMU's defaults allow (64 KiB clusters); a header that asks for more was made to cost memory. */
const largestDisk = 2 ** 46
/** Bit 2 of the incompatible features: the blocks are in another file. */
const externalData = 4n
const corrupt = 2n

/** Finds out from its first bytes what kind of disk image a regular file is. The other fields of errors come from `open`. */
export const readDiskImage = async (path: string): Promise<DiskImage | UnusableDisk> => {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
  return parseDiskImage(buffer.subarray(0, bytesRead), size)
}

/**
 * The same from the first 104 bytes and the size of a file (qcow2: docs/interop/qcow2.txt of QEMU). A qcow2 image has to
 * stand alone: one that names other files would have QEMU open them.
 */
export const parseDiskImage = (header: Buffer, fileBytes: number): DiskImage | UnusableDisk => {
  if (header.length < 4 || header.readUInt32BE(0) !== magic)
    return { format: 'raw', diskBytes: Math.ceil(fileBytes / sectorBytes) * sectorBytes }
  if (header.length < 72) return { problem: 'a qcow2 image that ends in its header' }
  const version = header.readUInt32BE(4)
  if (version !== 2 && version !== 3) return { problem: `a qcow2 image of version ${version}` }
  if (version === 3 && header.length < headerBytes)
    return { problem: 'a qcow2 image that ends in its header' }
  const incompatible = version === 3 ? header.readBigUInt64BE(72) : 0n
  if (header.readBigUInt64BE(8) !== 0n) return { problem: 'a qcow2 image that stands on a backing file' }
  if ((incompatible & externalData) !== 0n) return { problem: 'a qcow2 image whose data is in another file' }
  if ((incompatible & corrupt) !== 0n) return { problem: 'a qcow2 image that is marked as corrupt' }
  if (header.readUInt32BE(32) !== 0) return { problem: 'an encrypted qcow2 image' }
  const diskBytes = header.readBigUInt64BE(24)
  return diskBytes > largestDisk || diskBytes % BigInt(sectorBytes) !== 0n
    ? { problem: `a qcow2 image of a disk of ${diskBytes} bytes` }
    : { format: 'qcow2', diskBytes: Number(diskBytes) }
}
