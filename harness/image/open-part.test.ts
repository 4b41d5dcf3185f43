import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { MemorySource } from './byte-source.ts'
import { newContext, openPart } from './open-part.ts'
import { type Part, partsOf } from './part.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { buildBzImage } from './testing/kernel-builder.ts'
import { isInstalled, makeImage } from './testing/make-image.ts'
import { buildTar } from './testing/oci-builder.ts'
import { buildPe } from './testing/pe-builder.ts'
import type { SampleEntry } from './testing/sample-tree.ts'

const programs = ['sfdisk', 'mkfs.ext4', 'mkfs.vfat', 'mcopy', 'qemu-img', 'xorriso', 'fakeroot']
const missing = programs.filter((program) => !isInstalled(program))

const kernel = buildBzImage({ release: '6.12.1', payload: Buffer.alloc(5000), is64: true })
const uki = buildPe([
  { name: '.cmdline', content: Buffer.from('root=LABEL=system') },
  { name: '.linux', content: kernel },
])
const initrd = gzipSync(buildCpio([textFile('init', 'x'.repeat(100_000))]), { level: 0 })

const file = (path: string, content: Buffer): SampleEntry => ({ path, type: 'file', mode: 0o755, content })
const folder = (path: string): SampleEntry => ({ path, type: 'directory', mode: 0o755 })

/** The folder $tree becomes a root file system; its /boot an EFI system partition. */
const disk = [
  folder('/'),
  folder('/sbin'),
  file('/sbin/init', Buffer.from('init')),
  folder('/boot'),
  folder('/boot/EFI'),
  folder('/boot/EFI/Linux'),
  file('/boot/EFI/Linux/a.efi', uki),
]

/** Shell commands that make $image a disk with an ESP and a root. */
const diskScript = (label: string): string => `
truncate -s 8M esp
mkfs.vfat -s 1 -F 16 esp >/dev/null
mcopy -Q -s -i esp "$tree/boot/EFI" ::
rm -r "$tree/boot/EFI"
mkfs.ext4 -q -F -L system -d "$tree" root 8M
truncate -s 32M disk
printf '${label}' | sfdisk -q disk
dd if=esp of=disk bs=1M seek=1 conv=notrunc status=none
dd if=root of=disk bs=1M seek=9 conv=notrunc status=none
`
const gpt =
  'label: gpt\\nstart=1MiB, size=8MiB, type=U, name=esp\\nsize=8MiB, type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709\\n'
const mbr =
  'label: dos\\nstart=1MiB, size=8MiB, type=ef, bootable\\nsize=8MiB, type=83\\nsize=10MiB, type=5\\nd5: size=2MiB, type=82\\n'

const open = async (bytes: Buffer, name = 'd'): Promise<Part> =>
  await openPart(new MemorySource(bytes, name), newContext('all'))

const outline = (part: Part): string[] =>
  [...partsOf(part)].map(({ name, format, unread }) => `${name}: ${unread ?? format}`)

const inDisk = (name: string, kind: string): string[] => [
  `${name}: ${kind}`,
  `${name} partition 1: FAT16 file system`,
  `${name} partition 1:/EFI/Linux/a.efi: unified kernel image`,
  `${name} partition 1:/EFI/Linux/a.efi section .linux: kernel`,
  `${name} partition 2: ext4 file system`,
]

describe.skipIf(missing.length > 0)('openPart', { timeout: 60_000 }, () => {
  let raw: Buffer
  beforeAll(async () => {
    raw = await makeImage(`${diskScript(gpt)}mv disk "$image"`, disk)
  })

  it('should open a disk with GPT, its partitions, and what is in them', async () => {
    const part = await open(raw)
    expect(outline(part)).toEqual(inDisk('d', 'disk with GPT'))
    expect(part.parts.map(({ details }) => details)).toEqual([
      { type: 'EFI system', label: 'esp' },
      { type: 'Linux root (x86_64)', label: 'system' },
    ])
    expect([...partsOf(part)].find(({ cmdline }) => cmdline !== undefined)?.cmdline).toBe('root=LABEL=system')
    expect((await part.parts[1]?.tree?.get('/sbin/init')?.read())?.toString()).toBe('init')
  })

  it('should read the copy of a GPT where the first one is damaged', async () => {
    const bytes = Buffer.from(raw)
    bytes.fill(0, 512, 2048)
    expect(outline(await open(bytes))).toEqual(inDisk('d', 'disk with GPT'))
    bytes.fill(0, bytes.length - 512)
    await expect(open(bytes)).rejects.toThrow(
      'd: expected a GPT, found that neither table matches its checksum',
    )
  })

  it('should open a disk with MBR, logical partitions too', async () => {
    const part = await open(await makeImage(`${diskScript(mbr)}mv disk "$image"`, disk))
    expect(outline(part)).toEqual([...inDisk('d', 'disk with MBR'), 'd partition 5: empty space'])
    expect(part.parts[0]?.details).toEqual({ type: 'EFI system', active: 'yes' })
  })

  it.for([
    ['uncompressed', ''],
    ['with zlib', '-c'],
    ['with Zstandard', '-c -o compression_type=zstd'],
    ['of version 2 with small clusters', '-o compat=0.10,cluster_size=512'],
  ] as const)('should open a qcow2 %s', async ([, options]) => {
    const convert = `qemu-img convert -f raw -O qcow2 ${options} disk "$image"`
    const part = await open(await makeImage(`${diskScript(gpt)}${convert}`, disk))
    expect(outline(part).slice(1)).toEqual(inDisk('d content', 'disk with GPT'))
    expect((await part.parts[0]?.parts[1]?.tree?.get('/sbin/init')?.read())?.toString()).toBe('init')
  })

  it.for([
    ['a backing file', 'qemu-img create -q -f raw b 1M && qemu-img create -q -f qcow2 -b b -F raw "$image"'],
    ['subclusters', 'qemu-img create -q -f qcow2 -o extended_l2=on "$image" 1M'],
    ['its data in another file', 'qemu-img create -q -f qcow2 -o data_file=other "$image" 1M'],
  ] as const)('should refuse a qcow2 with %s', async ([found, script]) => {
    await expect(open(await makeImage(script, disk))).rejects.toThrow(
      `d: expected a qcow2 on its own, found ${found}\nWrite it as one plain file: qemu-img convert`,
    )
  })

  it('should open kernel and initrd on an ISO, and its hidden boot image', async () => {
    const script = `
truncate -s 2M efi.img
mkfs.vfat efi.img >/dev/null
mcopy -Q -s -i efi.img "$tree/boot/EFI" ::
rm -r "$tree/boot/EFI"
cp "$tree/kernel" "$tree/boot/kernel"
xorriso -report_about WARNING -as mkisofs -R -V LIVE -o "$image" \\
  -append_partition 2 0xef efi.img -e --interval:appended_partition_2:all:: -no-emul-boot "$tree"`
    const part = await open(
      await makeImage(script, [...disk, file('/kernel', kernel), file('/boot/initrd', initrd)]),
    )
    expect(outline(part)).toEqual([
      'd: ISO 9660 file system',
      'd:/boot/kernel: kernel',
      'd:/kernel: kernel',
      'd:/boot/initrd: initrd',
      'd boot image: FAT12 file system',
      'd boot image:/EFI/Linux/a.efi: unified kernel image',
      'd boot image:/EFI/Linux/a.efi section .linux: kernel',
    ])
    expect(part.details).toEqual({ label: 'LIVE', 'starts on': 'UEFI' })
  })

  it('should open a compressed disk, and kernel and initrd in a tar', async () => {
    expect(outline(await open(gzipSync(raw)))).toEqual([
      'd: gzip file',
      ...inDisk('d unpacked', 'disk with GPT'),
    ])
    expect(outline(await open(await buildTar({ kernel, 'initrd.img': initrd, cmdline: 'quiet' })))).toEqual([
      'd: tar archive',
      'd:/kernel: kernel',
      'd:/initrd.img: initrd',
    ])
  })

  it('should show what it knows and does not read, and partitions that are damaged', async () => {
    const bytes = Buffer.from(raw)
    bytes.fill(0, 9 * 1024 ** 2, 10 * 1024 ** 2)
    bytes.write('XFSB', 9 * 1024 ** 2)
    expect(outline(await open(bytes)).at(-1)).toBe(
      'd partition 2: d partition 2: expected an image that Drydock reads, found a XFS file system',
    )
  })
})

describe('openPart on other bytes', () => {
  it.each([
    ['text', Buffer.from('just text'), /^d: expected a kernel, .*, found bytes that start 6a75737420746578$/],
    ['LUKS', Buffer.from('LUKS\xba\xbe', 'latin1'), /found a LUKS volume/],
    ['an ELF program', Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(100)]), /ELF/],
  ])('should refuse %s with one clear error', async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(message)
  })

  it('should say that a file is empty', async () => {
    expect((await open(Buffer.alloc(0))).format).toBe('nothing')
    expect((await open(Buffer.alloc(100_000))).format).toBe('empty space')
  })

  it('should not open images in each other for ever', async () => {
    let bytes = buildCpio([textFile('a', 'b')])
    for (let level = 0; level < 12; level += 1) bytes = gzipSync(bytes)
    const names = outline(await open(bytes))
    expect(names.at(-1)).toMatch(/expected at most 6 images in each other, found more/)
  })
})
