import type { Architecture } from '../common/architecture.ts'
import type { DiskFormat } from './disk-image.ts'

/** How a person or Drydock gets a shell in the guest. Both absent: the image has no login. */
export interface Login {
  /** An sshd that takes a key given by the metadata disk. */
  readonly ssh?: { readonly user: string }
  /** A login prompt or a shell on a serial line: `console` is ttyS0 or ttyAMA0, `hvc0` the virtio console. */
  readonly serial?: {
    readonly user: string
    /** Absent where none is asked for. */
    readonly password?: string
    readonly line: 'console' | 'hvc0'
  }
}

/** Whether configuration (the ssh key) reaches the guest, and how: an ISO 9660 disk, or not at all. */
export type Metadata = 'iso' | 'none'

/**
 * What starts the kernel: UEFI firmware, with variables of the guest's own; a BIOS, of which x86_64 alone has one; or
 * QEMU's loader alone.
 */
export type Firmware = 'uefi' | 'bios' | 'none'

/** How the guest sees a disk: a virtio disk that it may write to, or an optical disc in a drive of the SCSI bus. */
export type Medium = 'disk' | 'cdrom'

/** A disk of the image. What the guest writes to it never reaches the file. */
export interface GuestDisk {
  /** Absolute path of an existing regular file. */
  readonly path: string
  /** Found from its bytes. */
  readonly format: DiskFormat
  /** @default disk */
  readonly medium?: Medium | undefined
}

/** How to boot one architecture of an image. */
export interface GuestSpec {
  readonly architecture: Architecture
  /** Absolute path of an existing regular file, a kernel or a unified kernel image; absent where firmware starts a disk. */
  readonly kernel: string | undefined
  /** Absolute path of an existing regular file; absent where the kernel boots alone. */
  readonly initrd: string | undefined
  /** The complete kernel command line, as the image's builder gives it; empty where the image brings its own. */
  readonly cmdline: string
  /** Absolute path of the one file that kernel and initrd were taken from, where they came in one. */
  readonly container?: string | undefined
  /** Absolute path of the `.config` the kernel was built with, where its builder kept it. */
  readonly kernelConfig: string | undefined
  /** @default none */
  readonly firmware: Firmware
  /** In the order in which the guest names them (vda, vdb...); without a kernel, firmware starts the first that it can. */
  readonly disks: readonly GuestDisk[]
  /** @default 512 */
  readonly memoryMiB: number
  /** @default 1 */
  readonly cpus: number
  /** QEMU's name of a CPU model; absent: the architecture's default. */
  readonly cpu: string | undefined
  /** Whether an arm64 machine gives its kernel random numbers in the device tree. @default true */
  readonly deviceTreeSeed?: boolean | undefined
  readonly metadata: Metadata
  readonly login: Login
}

/** An image, how to boot it on each architecture it was built for, how to log in, and its policy. */
export interface Target {
  readonly name: string
  /** What it was read from: the path of the target file, or the flags. */
  readonly source: string
  readonly guests: Partial<Record<Architecture, GuestSpec>>
  /** Absolute path of an existing regular file. */
  readonly policyPath: string | undefined
}
