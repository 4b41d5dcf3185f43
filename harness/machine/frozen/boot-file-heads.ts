import { chmod, chown, type FileHandle, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import type { QemuUser } from '../process/confinement.ts'
import { type GuestFile, openGuestFile } from '../process/guest-file.ts'
import { GuestFiles } from '../process/guest-files.ts'

/*
 * A fork has its kernel and initrd in memory, and never boots: a reset ends it. QEMU loads both files all the same, which
 * took more than half of a fork's time on arm64, and throws them away when the state comes. So it is given their beginnings,
 * which is all that it needs to take them for what they are.
 */

/** More than a bzImage's real-mode part, of at most 65 sectors, and than any header. */
const headBytes = 64 * 1024

/**
 * Where the header has its magic number, of kernels that QEMU does not look into any further: Linux, Documentation/arch/x86/boot.rst
 * and Documentation/arch/arm64/booting.rst. Others (multiboot, PVH, compressed Images) are given whole.
 */
const magics: Readonly<Record<Architecture, { readonly offset: number; readonly bytes: Buffer }>> = {
  x86_64: { offset: 0x202, bytes: Buffer.from('HdrS') },
  arm64: { offset: 0x38, bytes: Buffer.from('ARM\x64') },
}

const isPlainKernel = (head: Buffer, architecture: Architecture): boolean => {
  const { offset, bytes } = magics[architecture]
  return head.subarray(offset, offset + bytes.length).equals(bytes)
}

/**
 * The same files with only the beginnings of kernel and initrd, written to `directory` and held by `hold`. Nothing else is
 * opened: the other files are those of `files`.
 */
export const withBootFileHeads = async (
  files: GuestFiles,
  architecture: Architecture,
  {
    directory,
    user,
    hold,
  }: { readonly directory: string; readonly user: QemuUser; hold(handle: FileHandle): FileHandle },
): Promise<GuestFiles> => {
  const reduced = async (file: GuestFile, name: string, keepsWhole: (head: Buffer) => boolean) => {
    const head = await readHead(file.handle)
    if (keepsWhole(head)) return file
    const path = join(directory, name)
    await writeFile(path, head)
    if (user !== undefined) await chown(path, user.uid, user.gid)
    await chmod(path, 0o440)
    return { ...file, handle: hold(await openGuestFile(path)) }
  }
  const { kernel, initrd, disks } = files
  return new GuestFiles({
    kernel: kernel && (await reduced(kernel, 'kernel-head', (head) => !isPlainKernel(head, architecture))),
    initrd: initrd && (await reduced(initrd, 'initrd-head', () => false)),
    disks,
  })
}

const readHead = async (handle: FileHandle): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  return buffer.subarray(0, bytesRead)
}
