import { constants } from 'node:fs'
import { chown, copyFile, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'
import type { ArgvDisk } from '../argv.ts'
import type { MachineOptions } from '../machine-states.ts'
import type { QemuUser } from './confinement.ts'

/** The files of a guest, opened for a QEMU whose user may not be able to reach their paths. */
export interface GuestFiles extends AsyncDisposable {
  /** Our descriptors; QEMU gets them under the numbers from `first` on. */
  readonly descriptors: readonly number[]
  readonly argv: {
    readonly kernel: string
    readonly initrd: string | undefined
    readonly disks: readonly ArgvDisk[]
  }
}

export interface GuestFilesOptions {
  readonly user: QemuUser
  /** Where private copies may be put. */
  readonly directory: string
  /** QEMU's number of the first descriptor. */
  readonly first: number
}

/** Opens kernel, initrd and disks. Needed only until QEMU was started, which has descriptors of its own then. */
export const openGuestFiles = async (
  { spec, disks }: Pick<MachineOptions, 'spec' | 'disks'>,
  { user, directory, first }: GuestFilesOptions,
): Promise<GuestFiles> => {
  await using opened = new AsyncDisposableStack()
  const descriptors: number[] = []
  const inherit = (handle: FileHandle) => {
    opened.use(handle)
    return first + descriptors.push(handle.fd) - 1
  }
  const bootFile = async (path: string, name: string) =>
    `/dev/fd/${inherit(await openBootFile(path, user, join(directory, name)))}`

  const kernel = await bootFile(spec.kernel, 'kernel')
  const initrd = spec.initrd === undefined ? undefined : await bootFile(spec.initrd, 'initrd')
  const argvDisks: ArgvDisk[] = []
  for (const { path, readOnly, format } of disks) {
    const fd = inherit(await openFile(path, readOnly ? constants.O_RDONLY : constants.O_RDWR))
    argvDisks.push({ fd, readOnly, format })
  }
  const owned = opened.move()
  return {
    descriptors,
    argv: { kernel, initrd, disks: argvDisks },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

// QEMU opens kernel and initrd anew, through /dev/fd, so its user must be allowed to read the file itself, while a
// disk's descriptor is used as it is (-add-fd).
const openBootFile = async (path: string, user: QemuUser, copy: string): Promise<FileHandle> => {
  const handle = await openFile(path, constants.O_RDONLY)
  if (user === undefined || ((await handle.stat()).mode & 0o004) !== 0) return handle
  await handle.close()
  await copyFile(path, copy, constants.COPYFILE_FICLONE)
  await chown(copy, user, user)
  return openFile(copy, constants.O_RDONLY)
}

const openFile = async (path: string, flags: number): Promise<FileHandle> => {
  const handle = await open(path, flags).catch((cause: unknown) => {
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
