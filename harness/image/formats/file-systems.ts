import { type ByteSource, sliceOf } from '../byte-source.ts'
import { isErofs, readErofs } from '../erofs/erofs.ts'
import { readSuperblock as readErofsSuperblock } from '../erofs/superblock.ts'
import { isExt4, readExt4 } from '../ext4/ext4.ts'
import { readSuperblock as readExt4Superblock } from '../ext4/superblock.ts'
import { isFat, readBootSector } from '../fat/boot-sector.ts'
import { readFat } from '../fat/fat.ts'
import type { FileTree } from '../file-tree.ts'
import { type BootImage, readBootImages } from '../iso9660/el-torito.ts'
import { isIso9660, readIso9660 } from '../iso9660/iso9660.ts'
import { readVolumes } from '../iso9660/volume.ts'
import type { Context, Format, Opened, Part } from '../part.ts'
import { isSquashfs, openSquashfs } from '../squashfs.ts'

const withTree = async (
  source: ByteSource,
  context: Context,
  tree: FileTree,
  details: Readonly<Record<string, string>> = {},
): Promise<Opened> => ({ tree, details, parts: await context.openInside(source.name, tree) })

const labelled = (label: string): Readonly<Record<string, string>> => (label === '' ? {} : { label })

const squashfs: Format = {
  name: 'squashfs file system',
  recognises: isSquashfs,
  open: async (source, context) => {
    const tree = await openSquashfs(source, context.room.left)
    for (const { size } of tree.entries()) context.room.left -= size
    return await withTree(source, context, tree)
  },
}

const erofs: Format = {
  name: 'EROFS file system',
  recognises: isErofs,
  open: async (source, context) => {
    const { label } = await readErofsSuperblock(source)
    return await withTree(source, context, await readErofs(source), labelled(label))
  },
}

const ext4: Format = {
  name: 'ext4 file system',
  recognises: isExt4,
  open: async (source, context) => {
    const { label, needsRecovery } = await readExt4Superblock(source)
    const details = {
      ...labelled(label),
      ...(needsRecovery ? { journal: 'not empty, and not replayed: the newest changes are not shown' } : {}),
    }
    return await withTree(source, context, await readExt4(source), details)
  },
}

const fat: Format = {
  name: 'FAT file system',
  recognises: isFat,
  open: async (source, context) => {
    const { bits } = await readBootSector(source)
    const opened = await withTree(source, context, await readFat(source))
    return { ...opened, format: `FAT${bits} file system` }
  },
}

const iso9660: Format = {
  name: 'ISO 9660 file system',
  recognises: isIso9660,
  open: async (source, context) => {
    const tree = await readIso9660(source)
    const { primary } = await readVolumes(source)
    const bootImages = await readBootImages(source)
    const inside = await context.openInside(source.name, tree)
    const hidden: Part[] = []
    for (const image of bootImages) hidden.push(...(await openHidden(source, context, tree, image)))
    const starts = [...new Set(bootImages.map(({ platform }) => platform))].join(', ')
    return {
      tree,
      details: { ...labelled(primary.label), ...(starts === '' ? {} : { 'starts on': starts }) },
      parts: [...inside, ...hidden],
    }
  },
}

/** A boot image for UEFI that is no file of the disc's own tree; code for the BIOS holds no files. */
const openHidden = async (
  source: ByteSource,
  context: Context,
  tree: FileTree,
  { platform, at, length }: BootImage,
): Promise<Part[]> => {
  if (platform !== 'UEFI' || at >= source.size) return []
  const head = await source.read(at, Math.min(4096, source.size - at))
  for (const entry of tree.entries()) {
    if (entry.type !== 'file' || entry.size < head.length) continue
    if ((await entry.content.read(0, head.length)).equals(head)) return []
  }
  // Catalogues often give the length of the first sectors alone; a FAT knows its own.
  const rest = sliceOf(source, at, source.size - at, `${source.name} boot image`)
  const size = isFat(head) ? (await readBootSector(rest)).bytes : Math.min(length, rest.size)
  return [await context.open(sliceOf(source, at, size, rest.name))]
}

/** Those whose mark nothing else can be mistaken for. */
export const markedFileSystems: readonly Format[] = [squashfs, erofs, ext4]
export { fat, iso9660 }
