import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError } from '../../harness/common/errors.ts'
import { inScratchFolder } from '../builder/scratch-folder.ts'
import type { Loaders } from './format.ts'
import { tool } from './tool.ts'

/** Where GRUB is started from: the first sectors of a disk, or the boot image of a disc. */
interface Place {
  readonly target: string
  readonly prefix: string
  readonly modules: readonly string[]
}

export const places = {
  disk: { target: 'i386-pc', prefix: '(hd0,msdos1)/grub', modules: ['biosdisk', 'part_msdos', 'fat'] },
  disc: { target: 'i386-pc-eltorito', prefix: '/grub', modules: ['biosdisk', 'iso9660'] },
} as const satisfies Readonly<Record<string, Place>>

/** GRUB for a BIOS as one program, which reads its configuration at the prefix. */
export const grubImage = async ({ grub }: Loaders, { target, prefix, modules }: Place): Promise<Buffer> =>
  await inScratchFolder(async (folder) => {
    const library = join(folder, 'modules')
    await mkdir(library)
    for (const [name, content] of grub) await writeFile(join(library, name), content)
    const image = join(folder, 'image')
    const options = ['-O', target, '-d', library, '-p', prefix, '-o', image]
    await tool('grub-mkimage', [...options, ...modules, 'normal', 'linux'])
    return await readFile(image)
  })

/** What GRUB does when nobody asks for anything else. */
export const grubConfiguration = (cmdline: string): string =>
  `linux /boot/kernel ${cmdline}\ninitrd /boot/initrd.img\nboot\n`

/** Up to the partition table, which begins with the disk's name. */
const bootCodeBytes = 440
const sectorBytes = 512

/**
 * Puts GRUB where a BIOS starts it: boot.img into the first sector, which loads what follows it (GRUB manual, "BIOS
 * installation"), the image itself between there and the first partition.
 */
export const installGrub = async (disk: string, loaders: Loaders): Promise<void> => {
  const bootSector = loaders.grub.get('boot.img')
  if (bootSector === undefined) {
    throw new DrydockError('expected boot.img in the package grub-pc-bin, it has none', {
      code: 'FILE_MISSING',
      blame: 'usage',
      phase: 'prepare',
    })
  }
  const image = await grubImage(loaders, places.disk)
  await using file = await open(disk, 'r+')
  await file.write(bootSector, 0, bootCodeBytes, 0)
  await file.write(image, 0, image.length, sectorBytes)
}
