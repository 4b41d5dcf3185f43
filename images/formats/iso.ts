import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inScratchFolder } from '../builder/scratch-folder.ts'
import { tool } from './tool.ts'

/** What firmware starts a disc from: an image in its tree, and how it is to be read. */
interface BootImage {
  readonly path: string
  readonly options: readonly string[]
}

export const bootImages = {
  bios: {
    path: 'grub/eltorito.img',
    options: ['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '--grub2-boot-info'],
  },
  // The length in the catalogue ends at 32 MiB; firmware of this kind takes one sector for "as far as the disc goes".
  uefi: { path: 'boot/efi.img', options: ['-no-emul-boot', '-boot-load-size', '1'] },
} as const satisfies Readonly<Record<string, BootImage>>

/** Writes a bootable disc. @param files paths of the host, or bytes, by their paths on the disc */
export const writeIso = async (
  path: string,
  firmware: keyof typeof bootImages,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> =>
  await inScratchFolder(async (tree) => {
    for (const [name, from] of Object.entries(files)) {
      await mkdir(join(tree, dirname(name)), { recursive: true })
      if (Buffer.isBuffer(from)) await writeFile(join(tree, name), from)
      else await copyFile(from, join(tree, name))
    }
    const image = bootImages[firmware]
    const start = [firmware === 'bios' ? '-b' : '-e', image.path, ...image.options]
    await tool('xorriso', [
      ...['-report_about', 'WARNING', '-as', 'mkisofs', '-quiet', '-R', '-V', 'DRYDOCK', '-o', path],
      ...['--modification-date=1980010100000000', '--set_all_file_dates', '1980010100000000'],
      ...(firmware === 'bios' ? ['-c', 'grub/boot.cat'] : ['-c', 'boot/boot.cat']),
      ...start,
      tree,
    ])
  })
