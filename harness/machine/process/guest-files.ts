import { constants } from 'node:fs'
import { chmod, chown, copyFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError } from '../../common/errors.ts'
import { type GuestDisk, readDiskImage } from '../../target/target.ts'
import { machineArchitectures } from '../architectures.ts'
import type { ArgvDisk } from '../disks/disk-argv.ts'
import {
  type DiskOf,
  type DiskSource,
  type DiskUse,
  isFlash,
  type LayerOf,
  type OpenDisk,
  openDisk,
  withOverlay,
} from '../disks/open-disk.ts'
import type { Firmware } from '../firmware/find-firmware.ts'
import type { MachineOptions } from '../machine-states.ts'
import type { QemuUser } from './confinement.ts'
import { descriptorPath, type GuestFile, openGuestFile } from './guest-file.ts'
import { firstFileDescriptor } from './machine-streams.ts'

export interface GuestFilesOptions {
  readonly user: QemuUser
  /** Where private copies of kernel and initrd may be put. */
  readonly directory: string
  /** What starts the kernel; undefined: QEMU's own loader. */
  readonly firmware: Firmware | undefined
}

/** What QEMU is told of the files: descriptors of its own. */
export interface FilesArgv {
  readonly kernel: string | undefined
  readonly initrd: string | undefined
  readonly disks: readonly ArgvDisk[]
}

/** The files of a guest, whatever stands for each: an open file, or what is known of one. */
export interface FilesOf<File> {
  readonly kernel: File | undefined
  readonly initrd: File | undefined
  /** virtio disks in the guest's order, and the flash chips of UEFI firmware. */
  readonly disks: readonly DiskOf<File>[]
}

export interface FilePlace {
  /** In the order in which QEMU inherits them. */
  readonly index: number
  readonly use: 'kernel' | 'initrd' | DiskUse
}

/** Puts something else in the place of each file, one after the other. */
export const mapFiles = async <From, To>(
  { kernel, initrd, disks }: FilesOf<From>,
  change: (file: From, place: FilePlace) => Promise<To> | To,
): Promise<FilesOf<To>> => {
  let index = 0
  const changed = async (file: From, use: FilePlace['use']) => await change(file, { index: index++, use })
  const changedKernel = kernel === undefined ? undefined : await changed(kernel, 'kernel')
  const changedInitrd = initrd === undefined ? undefined : await changed(initrd, 'initrd')
  const changedDisks: DiskOf<To>[] = []
  for (const disk of disks) {
    const layers: LayerOf<To>[] = []
    for (const { file, format } of disk.layers) layers.push({ file: await changed(file, disk.use), format })
    changedDisks.push({ ...disk, layers })
  }
  return { kernel: changedKernel, initrd: changedInitrd, disks: changedDisks }
}

/** The open files of a guest. */
export class GuestFiles implements FilesOf<GuestFile>, AsyncDisposable {
  readonly kernel: GuestFile | undefined
  readonly initrd: GuestFile | undefined
  readonly disks: readonly OpenDisk[]

  constructor({ kernel, initrd, disks }: FilesOf<GuestFile>) {
    this.kernel = kernel
    this.initrd = initrd
    this.disks = disks
  }

  /** All of them, in the order in which QEMU inherits them. */
  get files(): readonly GuestFile[] {
    const layers = this.disks.flatMap((disk) => disk.layers.map(({ file }) => file))
    return [this.kernel, this.initrd, ...layers].filter((file) => file !== undefined)
  }

  /** Ours; QEMU gets them under the numbers from `firstFileDescriptor` on. */
  get descriptors(): readonly number[] {
    return this.files.map(({ handle }) => handle.fd)
  }

  get argv(): FilesArgv {
    const { files, kernel, initrd } = this
    const numberOf = (file: GuestFile) => firstFileDescriptor + files.indexOf(file)
    return {
      kernel: kernel && `/dev/fd/${numberOf(kernel)}`,
      initrd: initrd && `/dev/fd/${numberOf(initrd)}`,
      disks: this.disks.map(({ use, writable, diskBytes, layers }) => ({
        ...{ use, writable, diskBytes },
        layers: layers.map(({ file, format }) => ({ fd: numberOf(file), format })),
      })),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.files.map(({ handle }) => handle.close()))
  }
}

/** Opens kernel, initrd, disks and firmware. None of them is ever written to: writable disks get overlays. */
export const openGuestFiles = async (
  { spec, disks }: Pick<MachineOptions, 'spec' | 'disks'>,
  { user, directory, firmware }: GuestFilesOptions,
): Promise<GuestFiles> =>
  await openAll(async (hold) => {
    const bootFile = async (role: string, path: string): Promise<GuestFile> => {
      const handle = await openBootFile(path, user, join(directory, role))
      return { path, ours: false, handle: hold(handle) }
    }
    const kernel = spec.kernel === undefined ? undefined : await bootFile('kernel', spec.kernel)
    const initrd = spec.initrd === undefined ? undefined : await bootFile('initrd', spec.initrd)
    const opened: OpenDisk[] = []
    for (const source of await sources({ spec, disks }, firmware)) opened.push(await openDisk(source, hold))
    return { kernel, initrd, disks: opened }
  })

/**
 * The same files for one more machine: each is only read, and opened anew, since locks and closing concern all who share
 * a descriptor; writes go into overlays of its own. Firmware and its variables are in the state that a fork starts from.
 */
export const forkGuestFiles = async (frozen: GuestFiles): Promise<GuestFiles> =>
  await openAll(async (hold) => {
    const flash = frozen.disks.filter(isFlash).map((disk) => ({ ...disk, layers: [] }))
    const plain = frozen.disks.filter((disk) => !isFlash(disk))
    const again = await mapFiles({ ...frozen, disks: plain }, async (file) => ({
      ...file,
      handle: hold(await openGuestFile(descriptorPath(file))),
    }))
    const disks: OpenDisk[] = []
    for (const disk of again.disks) disks.push(disk.writable ? await withOverlay(disk, hold) : disk)
    return { ...again, disks: [...flash, ...disks] }
  })

/** Opens files; where one cannot be opened, those before it are closed again. */
export const openAll = async (
  open: (hold: (handle: FileHandle) => FileHandle) => Promise<FilesOf<GuestFile>>,
): Promise<GuestFiles> => {
  await using held = new AsyncDisposableStack()
  const files = new GuestFiles(await open((handle) => held.use(handle)))
  held.move()
  return files
}

/** The image's own disks first, as they would be on their own machine. */
const sources = async (
  { spec, disks }: Pick<MachineOptions, 'spec' | 'disks'>,
  firmware: Firmware | undefined,
): Promise<readonly DiskSource[]> => {
  const disk = async (
    { path, format, medium = 'disk' }: GuestDisk,
    writable: boolean,
    ours: boolean,
  ): Promise<DiskSource> => ({
    ...{ use: medium, path, format, writable: writable && medium === 'disk', ours },
    diskBytes: await diskBytesOf(path, format),
  })
  return [
    ...(firmware === undefined ? [] : flash(firmware, machineArchitectures[spec.architecture].firmware)),
    ...(await Promise.all(spec.disks.map((one) => disk(one, true, false)))),
    ...(await Promise.all(disks.map((one) => disk(one, !one.readOnly, true)))),
  ]
}

/** Variables are written into an overlay: each guest starts with those of the template. */
const flash = ({ code, variables }: Firmware, chip: { flashBytes: number | undefined }): DiskSource[] =>
  (
    [
      ['code', code],
      ['variables', variables],
    ] as const
  ).map(([use, { path, format, diskBytes }]) => ({
    ...{ use, path, format, writable: use === 'variables', ours: false },
    contentBytes: diskBytes,
    diskBytes: chip.flashBytes ?? diskBytes,
  }))

/** Size of a disk, whose format must not have changed since it was found. */
const diskBytesOf = async (path: string, format: GuestDisk['format']): Promise<number> => {
  await (await openGuestFile(path)).close()
  const image = await readDiskImage(path)
  const found = 'problem' in image ? image.problem : image.format
  if (!('problem' in image) && found === format) return image.diskBytes
  throw new DrydockError(`expected a disk image of the format ${format}, found ${found} at ${path}`, {
    code: 'FILE_UNUSABLE',
    blame: 'usage',
    phase: 'prepare',
  })
}

// QEMU opens kernel and initrd anew, through /dev/fd, so its user must be allowed to read the file itself, while a
// disk's descriptor is used as it is (-add-fd).
export const openBootFile = async (path: string, user: QemuUser, copy: string): Promise<FileHandle> => {
  const handle = await openGuestFile(path)
  if (user === undefined || ((await handle.stat()).mode & 0o004) !== 0) return handle
  await handle.close()
  await copyFile(path, copy, constants.COPYFILE_FICLONE)
  await chown(copy, user.uid, user.gid)
  await chmod(copy, 0o440)
  return openGuestFile(copy)
}
