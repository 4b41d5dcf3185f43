import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { DrydockError, messageOf } from '../../common/errors.ts'

/** One file of a guest, opened for a QEMU whose user may not be able to reach its path. */
export interface GuestFile {
  /** What it was opened from. It may be gone by now, or be another file. */
  readonly path: string
  readonly handle: FileHandle
  /** Whether it was made for this machine; otherwise it belongs to the image or the host, and is only read. */
  readonly ours: boolean
}

/** Leads to an open file, wherever its path has gone. */
export const descriptorPath = ({ handle }: Pick<GuestFile, 'handle'>): string => `/proc/self/fd/${handle.fd}`

/** Opens a file to be read. Throws `FILE_UNUSABLE` where it is missing or no regular file. */
export const openGuestFile = async (path: string): Promise<FileHandle> => {
  // Opening a FIFO must not wait for who writes into it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unusable(`${path} cannot be opened: ${messageOf(cause)}`, cause)
  })
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw unusable(`${path} is none`)
}

const unusable = (found: string, cause?: unknown) =>
  new DrydockError(`expected a regular file for the guest: ${found}`, {
    code: 'FILE_UNUSABLE',
    blame: 'usage',
    phase: 'prepare',
    cause,
  })
