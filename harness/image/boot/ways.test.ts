import { describe, expect, it } from 'vitest'
import { MemoryTree } from '../memory-tree.ts'
import type { Part } from '../part.ts'
import { bootWaysOf } from './ways.ts'

const part = (format: string, more: Partial<Part> = {}): Part => ({
  ...{ name: 'x', format, size: 1, details: {}, parts: [] },
  ...more,
})

/** The header of a PE program for a machine. */
const program = (machine: number): Buffer => {
  const bytes = Buffer.alloc(128)
  bytes.write('MZ')
  bytes.writeUInt32LE(64, 0x3c)
  bytes.write('PE\0\0', 64, 'latin1')
  bytes.writeUInt16LE(machine, 68)
  return bytes
}

const esp = (files: Readonly<Record<string, Buffer>>): Part => {
  const tree = new MemoryTree()
  for (const [path, content] of Object.entries(files))
    tree.put(path, { type: 'file', mode: 0o644, uid: 0, gid: 0, content })
  return part('FAT32 file system', { name: 'x partition 1', tree })
}

const kernel = part('kernel', { kernel: { architecture: 'arm64', format: 'Image', release: undefined } })

const waysOf = async (given: Part): Promise<string[]> =>
  (await bootWaysOf(given)).ways.map(
    ({ firmware, architecture, from }) => `${firmware} ${architecture} ${from}`,
  )

const both = { '/EFI/BOOT/BOOTX64.EFI': program(0x8664), '/efi/boot/bootaa64.efi': program(0xaa64) }

describe('bootWaysOf', () => {
  it.each<[string, Part, string[]]>([
    ['a kernel', kernel, ['none arm64 kernel']],
    ['a unified kernel image', part('unified kernel image', { parts: [kernel] }), ['uefi arm64 kernel']],
    [
      'an archive with a kernel',
      part('tar archive', { parts: [kernel], tree: new MemoryTree() }),
      ['none arm64 kernel and initrd'],
    ],
    [
      'a disk for UEFI on both architectures',
      part('disk with GPT', { parts: [esp(both)] }),
      ['uefi x86_64 disk', 'uefi arm64 disk'],
    ],
    [
      'a qcow2 disk for a BIOS',
      part('qcow2 disk', { parts: [part('disk with MBR', { details: { 'boot code': 'GRUB' } })] }),
      ['bios x86_64 disk'],
    ],
    [
      'a disk whose boot code has a partition to go on with',
      part('disk with MBR', {
        details: { 'boot code': 'yes' },
        parts: [part('ext4 file system', { details: { active: 'yes' } })],
      }),
      ['bios x86_64 disk'],
    ],
    ['a disk with boot code alone', part('disk with MBR', { details: { 'boot code': 'yes' } }), []],
    [
      'a hybrid disc',
      part('ISO 9660 file system', { details: { 'starts on': 'BIOS, UEFI' }, parts: [esp(both)] }),
      ['bios x86_64 cdrom', 'uefi x86_64 cdrom', 'uefi arm64 cdrom'],
    ],
    [
      'a disc whose catalogue does not speak of UEFI',
      part('ISO 9660 file system', { details: { 'starts on': 'BIOS' }, parts: [esp(both)] }),
      ['bios x86_64 cdrom'],
    ],
    ['a disc without a boot catalogue', part('ISO 9660 file system', { parts: [esp(both)] }), []],
    ['a root file system', part('squashfs file system', { tree: new MemoryTree() }), []],
  ])('should find how %s starts', async (_, given, expected) => {
    expect(await waysOf(given)).toEqual(expected)
  })

  it('should not take an archive of a root file system for kernel and initrd', async () => {
    const tree = new MemoryTree()
    tree.put('/sbin/init', { type: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from('x') })
    expect(await waysOf(part('tar archive', { parts: [kernel], tree }))).toEqual([])
  })

  it.each<[string, Buffer, RegExp]>([
    ['of another architecture', program(0xaa64), /for machine 0xaa64, not for x86_64$/],
    ['that is text', Buffer.from('x'.repeat(100)), /which is no UEFI program$/],
    ['that ends in its header', Buffer.from('MZ'), /which is no UEFI program$/],
  ])('should say what is wrong with a loader %s', async (_, loader, problem) => {
    const found = await bootWaysOf(
      part('disk with GPT', { parts: [esp({ '/EFI/BOOT/BOOTX64.EFI': loader })] }),
    )
    expect(found).toEqual({ ways: [], problems: [expect.stringMatching(problem)] })
  })
})
