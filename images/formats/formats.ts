import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Architecture, architectures } from '../../harness/common/architecture.ts'
import { RootTree } from '../builder/root-tree.ts'
import { inScratchFolder } from '../builder/scratch-folder.ts'
import { convertToQcow2, tables, writeDisk } from './disk.ts'
import { writeFat } from './fat.ts'
import type { Format, Ingredients } from './format.ts'
import { grubConfiguration, grubImage, installGrub, places } from './grub.ts'
import { bootImages, writeIso } from './iso.ts'
import { splitRoot } from './split-root.ts'
import { unifiedKernelImage } from './uki.ts'

const fallbackLoader: Readonly<Record<Architecture, string>> = {
  x86_64: '/EFI/BOOT/BOOTX64.EFI',
  arm64: '/EFI/BOOT/BOOTAA64.EFI',
}

/** An EFI system partition from which systemd-boot starts the kernel. */
const writeEsp = async (
  path: string,
  { architecture, kernel, initrd, cmdline, loaders }: Ingredients,
): Promise<void> => {
  await writeFat(path, {
    [fallbackLoader[architecture]]: loaders.systemdBoot,
    '/loader/loader.conf': 'timeout 0\n',
    '/loader/entries/reference.conf': `title Reference image\nlinux /boot/kernel\ninitrd /boot/initrd.img\noptions ${cmdline}\n`,
    '/boot/kernel': { from: kernel },
    '/boot/initrd.img': { from: initrd },
  })
}

const writeUefiDisk = async (ingredients: Ingredients, path: string): Promise<void> =>
  await inScratchFolder(async (scratch) => {
    await writeEsp(join(scratch, 'esp'), ingredients)
    await writeDisk(path, tables.gpt, join(scratch, 'esp'))
  })

const writeBiosDisk = async (ingredients: Ingredients, path: string): Promise<void> =>
  await inScratchFolder(async (scratch) => {
    const { kernel, initrd, cmdline, loaders } = ingredients
    await writeFat(join(scratch, 'fat'), {
      '/grub/grub.cfg': grubConfiguration(cmdline),
      '/boot/kernel': { from: kernel },
      '/boot/initrd.img': { from: initrd },
    })
    await writeDisk(path, tables.mbr, join(scratch, 'fat'))
    await installGrub(path, loaders)
  })

const asQcow2 =
  (write: (ingredients: Ingredients, path: string) => Promise<void>) =>
  async (ingredients: Ingredients, path: string): Promise<void> =>
    await inScratchFolder(async (scratch) => {
      await write(ingredients, join(scratch, 'disk.raw'))
      await convertToQcow2(join(scratch, 'disk.raw'), path)
    })

/** An image that is one file, which firmware starts. */
const medium = (
  file: string,
  firmware: 'bios' | 'uefi',
  write: (ingredients: Ingredients, path: string) => Promise<void>,
): Format => ({
  architectures: firmware === 'bios' ? ['x86_64'] : architectures,
  file,
  build: async (ingredients, folder) => await write(ingredients, join(folder, file)),
  guest: (_, folder) => ({
    firmware,
    disks: [{ path: join(folder, file), ...(file.endsWith('.iso') ? { medium: 'cdrom' } : {}) }],
  }),
})

/** All formats that the reference image is written in, beside kernel and initrd. */
export const formats = {
  // LinuxKit's kernel+squashfs and kernel+erofs.
  'kernel+disk': {
    architectures,
    build: async ({ kernel, initrd, cmdline }, folder) => {
      const { outer, root } = await splitRoot(initrd)
      await copyFile(kernel, join(folder, 'reference-kernel'))
      await writeFile(join(folder, 'reference-initrd.img'), outer)
      await writeFile(join(folder, 'reference-root.img'), root)
      await writeFile(join(folder, 'reference-cmdline'), `${cmdline} root=/dev/vda\n`)
    },
    guest: (_, folder) => ({
      kernel: join(folder, 'reference-kernel'),
      initrd: join(folder, 'reference-initrd.img'),
      cmdlineFile: join(folder, 'reference-cmdline'),
      disks: [{ path: join(folder, 'reference-root.img') }],
    }),
  },
  'tar-kernel-initrd': {
    architectures,
    file: 'reference-initrd.tar',
    build: async ({ kernel, initrd, cmdline }, folder) => {
      const tree = new RootTree()
        .file('/kernel', await readFile(kernel))
        .file('/initrd.img', await readFile(initrd))
        .file('/cmdline', cmdline)
      await writeFile(join(folder, 'reference-initrd.tar'), await tree.toTar())
    },
    guest: ({ kernel, initrd, cmdline }) => ({ kernel, initrd, cmdline }),
  },
  uki: {
    architectures,
    file: 'reference.efi',
    build: async ({ kernel, initrd, cmdline, loaders }, folder) =>
      await writeFile(
        join(folder, 'reference.efi'),
        unifiedKernelImage(loaders.stub, [
          { name: '.osrel', content: Buffer.from('ID=drydock\nPRETTY_NAME="Drydock reference image"\n') },
          { name: '.cmdline', content: Buffer.from(cmdline) },
          { name: '.initrd', content: await readFile(initrd) },
          { name: '.linux', content: await readFile(kernel) },
        ]),
      ),
    guest: (_, folder) => ({ kernel: join(folder, 'reference.efi'), cmdline: '', firmware: 'uefi' }),
  },
  'iso-bios': medium('reference.iso', 'bios', async ({ kernel, initrd, cmdline, loaders }, path) => {
    await writeIso(path, 'bios', {
      [bootImages.bios.path]: await grubImage(loaders, places.disc),
      'grub/grub.cfg': Buffer.from(grubConfiguration(cmdline)),
      'boot/kernel': kernel,
      'boot/initrd.img': initrd,
    })
  }),
  'iso-efi': medium('reference-efi.iso', 'uefi', async (ingredients, path) => {
    await inScratchFolder(async (scratch) => {
      await writeEsp(join(scratch, 'esp'), ingredients)
      await writeIso(path, 'uefi', { [bootImages.uefi.path]: join(scratch, 'esp') })
    })
  }),
  'raw-bios': medium('reference-bios.img', 'bios', writeBiosDisk),
  'raw-efi': medium('reference-efi.img', 'uefi', writeUefiDisk),
  'qcow2-bios': medium('reference.qcow2', 'bios', asQcow2(writeBiosDisk)),
  'qcow2-efi': medium('reference-efi.qcow2', 'uefi', asQcow2(writeUefiDisk)),
} as const satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as FormatName[]
