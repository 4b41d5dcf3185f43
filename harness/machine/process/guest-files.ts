import { constants } from 'node:fs'
import { chmod, chown, copyFile, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'
import type { ArgvDisk } from '../argv.ts'
import type { MachineOptions } from '../machine-states.ts'
import type { QemuUser } from './confinement.ts'
import { firstFileDescriptor } from './machine-streams.ts'

/** One file of a guest, opened for a QEMU whose user may not be able to reach its path. */
export interface GuestFile {
  readonly role: 'kernel' | 'initrd' | 'disk'
  /** What it was opened from. It may be gone by now, or be another file. */
  readonly path: string
  readonly handle: FileHandle
  /** Whether QEMU writes into it, so that no two machines may share it. */
  readonly writable: boolean
  /** Of a disk. @default raw */
  readonly format?: 'raw' | 'qcow2'
}

export interface GuestFilesOptions {
  readonly user: QemuUser
  /** Where private copies may be put. */
  readonly directory: string
}

/** What QEMU is told of the files: descriptors of its own. */
export interface FilesArgv {
  readonly kernel: string
  readonly initrd: string | undefined
  readonly disks: readonly ArgvDisk[]
}

/** The files of a guest, in the order in which QEMU inherits them. */
export class GuestFiles implements AsyncDisposable {
  readonly files: readonly GuestFile[]

  constructor(files: readonly GuestFile[]) {
    this.files = files
  }

  /** Ours; QEMU gets them under the numbers from `firstFileDescriptor` on. */
  get descriptors(): readonly number[] {
    return this.files.map(({ handle }) => handle.fd)
  }

  get argv(): FilesArgv {
    const numbered = this.files.map((file, index) => ({ ...file, fd: firstFileDescriptor + index }))
    const bootFile = (role: GuestFile['role']) => {
      const file = numbered.find((candidate) => candidate.role === role)
      return file === undefined ? undefined : `/dev/fd/${file.fd}`
    }
    return {
      kernel: bootFile('kernel') ?? '',
      initrd: bootFile('initrd'),
      disks: numbered
        .filter(({ role }) => role === 'disk')
        .map(({ fd, writable, format = 'raw' }) => ({ fd, readOnly: !writable, format })),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.files.map(({ handle }) => handle.close()))
  }
}

/** Opens kernel, initrd and disks. */
export const openGuestFiles = async (
  { spec, disks }: Pick<MachineOptions, 'spec' | 'disks'>,
  { user, directory }: GuestFilesOptions,
): Promise<GuestFiles> =>
  await openAll(async (add) => {
    for (const role of ['kernel', 'initrd'] as const) {
      const path = spec[role]
      if (path === undefined) continue
      add({ role, path, writable: false, handle: await openBootFile(path, user, join(directory, role)) })
    }
    for (const { path, readOnly, format } of disks) {
      const handle = await openGuestFile(path, !readOnly)
      add({ role: 'disk', path, writable: !readOnly, format, handle })
    }
  })

/** The same files for one more machine: what is only read is shared, what is written is copied into `directory`. */
export const forkGuestFiles = async (frozen: GuestFiles, directory: string): Promise<GuestFiles> =>
  await openAll(async (add) => {
    for (const [index, file] of frozen.files.entries()) {
      // Opened anew each time, since closing one set of files must leave the others alone.
      const path = file.writable ? join(directory, `file${index}`) : descriptorPath(file)
      if (file.writable) await copyFile(descriptorPath(file), path, constants.COPYFILE_FICLONE)
      add({ ...file, handle: await openGuestFile(path, file.writable) })
    }
  })

/** Leads to an open file, wherever its path has gone. */
export const descriptorPath = ({ handle }: Pick<GuestFile, 'handle'>): string => `/proc/self/fd/${handle.fd}`

const openAll = async (open: (add: (file: GuestFile) => void) => Promise<void>): Promise<GuestFiles> => {
  await using opened = new AsyncDisposableStack()
  const files: GuestFile[] = []
  await open((file) => {
    opened.use(file.handle)
    files.push(file)
  })
  opened.move()
  return new GuestFiles(files)
}

// QEMU opens kernel and initrd anew, through /dev/fd, so its user must be allowed to read the file itself, while a
// disk's descriptor is used as it is (-add-fd).
const openBootFile = async (path: string, user: QemuUser, copy: string): Promise<FileHandle> => {
  const handle = await openGuestFile(path, false)
  if (user === undefined || ((await handle.stat()).mode & 0o004) !== 0) return handle
  await handle.close()
  await copyFile(path, copy, constants.COPYFILE_FICLONE)
  await chown(copy, user.uid, user.gid)
  await chmod(copy, 0o440)
  return openGuestFile(copy, false)
}

/** Throws `FILE_UNUSABLE` where it is missing or no regular file. */
export const openGuestFile = async (path: string, writable: boolean): Promise<FileHandle> => {
  const handle = await open(path, writable ? constants.O_RDWR : constants.O_RDONLY).catch(
    (cause: unknown) => {
      throw unusable(`${path} cannot be opened: ${messageOf(cause)}`, cause)
    },
  )
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
