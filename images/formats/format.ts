import type { Architecture } from '../../harness/common/architecture.ts'
import type { GuestFiles } from '../builder/target-file.ts'

/** What every format is made of: the files of the reference image as kernel and initrd. */
export interface Ingredients {
  readonly architecture: Architecture
  /** Paths. */
  readonly kernel: string
  readonly initrd: string
  /** The command line, without a line break. */
  readonly cmdline: string
  /** The loaders' files for this architecture. */
  readonly loaders: Loaders
}

/** Files of Debian's packages of boot loaders. */
export interface Loaders {
  /** systemd-boot, a UEFI program that starts kernels from its own partition. */
  readonly systemdBoot: Buffer
  /** The UEFI program that a unified kernel image begins with. */
  readonly stub: Buffer
  /** GRUB's modules for a BIOS, by their names; none on arm64. */
  readonly grub: ReadonlyMap<string, Buffer>
}

/** A kind of image that the reference image is written as. */
export interface Format {
  readonly architectures: readonly Architecture[]
  /** Writes its files into an empty folder, the same bytes for the same ingredients. */
  build(ingredients: Ingredients, folder: string): Promise<void>
  /** The one file that is the image, by its name in the folder; undefined where it takes several. */
  readonly file?: string
  /** How the files in a folder are started. */
  guest(ingredients: Ingredients, folder: string): Omit<GuestFiles, 'kernelConfig'>
}
