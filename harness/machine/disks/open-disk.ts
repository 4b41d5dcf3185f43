import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { DiskFormat } from '../../target/target.ts'
import { descriptorPath, type GuestFile, openGuestFile } from '../process/guest-file.ts'
import { makeOverlay } from './overlay.ts'

/**
 * What a guest has a disk for: as a virtio disk, as an optical disc, or in one of the two flash chips that
 * UEFI firmware lies in.
 */
export type DiskUse = 'disk' | 'cdrom' | 'code' | 'variables'

/** Whether a disk is one of the flash chips. */
export const isFlash = ({ use }: { readonly use: DiskUse }): boolean => use === 'code' || use === 'variables'

/** What a disk is made of, whatever stands for each of its files: an open file, or a file to be opened. */
export interface DiskOf<File> {
  readonly use: DiskUse
  /** Size of the disk as the guest sees it. */
  readonly diskBytes: number
  /** Whether the guest may write: then its writes are in the first layer. */
  readonly writable: boolean
  /** From the top down: a block is in the first layer that has it. Only the first one of a writable disk is ever written. */
  readonly layers: readonly LayerOf<File>[]
}

export interface LayerOf<File> {
  readonly file: File
  readonly format: DiskFormat
}

export type OpenDisk = DiskOf<GuestFile>

export interface DiskSource {
  readonly use: DiskUse
  readonly path: string
  readonly format: DiskFormat
  readonly writable: boolean
  /** Bytes; more than the file has are zeros. */
  readonly diskBytes: number
  /** Bytes of the file's own contents. @default diskBytes */
  readonly contentBytes?: number
  /** Whether it is a file of this machine's, rather than of the image or the host. */
  readonly ours: boolean
}

type Hold = (handle: FileHandle) => FileHandle

/** Opens a disk, read-only; where the guest writes, or is to see more than there is, with an overlay over it. */
export const openDisk = async (
  { use, path, format, writable, diskBytes, contentBytes = diskBytes, ours }: DiskSource,
  hold: Hold,
): Promise<OpenDisk> => {
  const file: GuestFile = { path, ours, handle: hold(await openGuestFile(path)) }
  const disk: OpenDisk = { use, diskBytes, writable, layers: [{ file, format }] }
  return writable || contentBytes < diskBytes ? await withOverlay(disk, hold) : disk
}

/** The same disk with an overlay on top of it, into which its guest's writes go, if any. */
export const withOverlay = async (disk: OpenDisk, hold: Hold): Promise<OpenDisk> => {
  const path = `overlay over ${disk.layers.at(-1)?.file.path}`
  const file = { path, ours: true, handle: hold(await openOverlay(disk)) }
  return { ...disk, layers: [{ file, format: 'qcow2' }, ...disk.layers] }
}

const openOverlay = async ({ diskBytes, writable }: OpenDisk): Promise<FileHandle> => {
  // Not in the run directory, which may be in memory that nobody has counted for it.
  const handle = await makeOverlay(tmpdir(), diskBytes)
  if (writable) return handle
  // QEMU takes a descriptor only for the access that it was opened with.
  await using _ = handle
  return await openGuestFile(descriptorPath({ handle }))
}
