import { describe, expect, it } from 'vitest'
import { type ByteSource, MemorySource, readWhole } from './byte-source.ts'
import { readErofs } from './erofs/erofs.ts'
import { readExt4 } from './ext4/ext4.ts'
import { readFat } from './fat/fat.ts'
import type { FileTree } from './file-tree.ts'
import { readInitrd } from './initrd.ts'
import { readIso9660 } from './iso9660/iso9660.ts'
import { MemoryTree } from './memory-tree.ts'
import { openSquashfs } from './squashfs.ts'
import { readTar } from './tar.ts'
import { isInstalled, makeImage } from './testing/make-image.ts'
import { describeTree, expectedOf, type Shortcomings } from './testing/sample-tree.ts'

interface Format extends Shortcomings {
  readonly name: string
  readonly programs: readonly string[]
  /** Shell commands that make `$image` from the folder `$tree` or the archive `$tar`. */
  readonly script: string
  readonly read: (source: ByteSource) => Promise<FileTree>
}

const ext4 = (name: string, options: string): Format => ({
  name,
  programs: ['mkfs.ext4'],
  script: `mkfs.ext4 -q -F ${options} -d "$tree" "$image" 16M`,
  read: readExt4,
})

const erofs = (name: string, options: string): Format => ({
  name,
  programs: ['mkfs.erofs'],
  script: `mkfs.erofs --quiet ${options} "$image" "$tree"`,
  read: readErofs,
})

const fat = (name: string, size: string, options: string): Format => ({
  name,
  programs: ['mkfs.vfat', 'mcopy'],
  script: `truncate -s ${size} "$image"
mkfs.vfat ${options} "$image" >/dev/null
rm "$tree"/dev/* "$tree/sbin" "$tree/long-link"
mcopy -Q -s -i "$image" "$tree"/* ::`,
  read: readFat,
  onlyFilesWithMode: 0o755,
  noXattrs: true,
})

const iso = (name: string, options: string): Format => ({
  name,
  programs: ['xorriso'],
  script: `xorriso -report_about WARNING -as mkisofs ${options} -o "$image" "$tree"`,
  read: readIso9660,
  noXattrs: true,
})

const cpio = (name: string, format: string): Format => ({
  name,
  programs: ['cpio'],
  script: `cd "$tree" && find . | sort | cpio --quiet -o -H ${format} >"$image"`,
  read: async (source) => await readInitrd(await readWhole(source), name),
  noXattrs: true,
})

const squashfs = (compressor: string): Format => ({
  name: `squashfs with ${compressor}`,
  programs: ['tar2sqfs'],
  script: `tar2sqfs --quiet --compressor ${compressor} "$image" <"$tar"`,
  read: openSquashfs,
})

const formats: readonly Format[] = [
  ext4('ext4', ''),
  ext4('ext4 with blocks of 1 KiB', '-b 1024'),
  ext4('ext4 with inline data', '-I 256 -O inline_data'),
  ext4('ext4 without 64bit', '-O ^64bit,^metadata_csum'),
  ext4('ext3', '-t ext3 -b 1024'),
  ext4('ext2', '-t ext2 -b 1024'),
  fat('FAT12', '4M', '-F 12'),
  fat('FAT16', '16M', '-F 16'),
  fat('FAT32', '64M', '-F 32 -s 1'),
  iso('ISO 9660 with Rock Ridge', '-R'),
  iso('ISO 9660 with Rock Ridge and Joliet', '-R -J'),
  {
    name: 'tar',
    programs: [],
    script: 'cp "$tar" "$image"',
    read: async (source) => {
      const tree = new MemoryTree()
      await readTar(source, tree)
      return tree
    },
  },
  cpio('cpio', 'newc'),
  cpio('cpio with checksums', 'crc'),
  squashfs('gzip'),
  squashfs('zstd'),
  squashfs('xz'),
  squashfs('lz4'),
  erofs('EROFS', ''),
  erofs('EROFS in chunks', '--chunksize=8192'),
  erofs('EROFS with LZ4', '-zlz4'),
  erofs('EROFS with LZ4 in big clusters', '-zlz4hc -C65536'),
  erofs('EROFS with inline tails', '-zlz4 -Eztailpacking'),
  erofs('EROFS with packed tails', '-zlz4 -Efragments -C32768'),
  erofs('EROFS with everything packed', '-zlz4 -Eall-fragments'),
  erofs('EROFS with shared pieces', '-zlz4 -Ededupe'),
  erofs('EROFS with the old index', '-zlz4 -Elegacy-compress'),
]

describe('the same tree', { timeout: 60_000 }, () => {
  it.for(formats)('should read back equal from $name', async (format, { skip }) => {
    const missing = format.programs.filter((program) => !isInstalled(program))
    skip(missing.length > 0, `this host has no ${missing.join(', ')}`)
    const tree = await format.read(new MemorySource(await makeImage(format.script), format.name))
    expect(await describeTree(tree)).toEqual(expectedOf(format))
  })
})
