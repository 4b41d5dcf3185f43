import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstEntry } from './loader-entry.ts'

const entry = (kernel: string, initrd: string | undefined, options: string) => ({ kernel, initrd, options })

describe('firstEntry', () => {
  it.each([
    [
      'GRUB',
      'set timeout=0\nmenuentry "Debian" {\n\tlinux /boot/vmlinuz root=UUID=1 ro  quiet\n\tinitrd /boot/initrd.img\n}\nmenuentry "old" { linux /boot/old }\n',
      entry('/boot/vmlinuz', '/boot/initrd.img', 'root=UUID=1 ro quiet'),
    ],
    [
      'SYSLINUX',
      'DEFAULT linux\nLABEL linux\n    KERNEL /kernel\n    INITRD /initrd.img\n    APPEND console=ttyS0\n',
      entry('/kernel', '/initrd.img', 'console=ttyS0'),
    ],
    [
      'ISOLINUX with the initrd among the parameters',
      'label a\n kernel vesamenu.c32\nlabel b\n kernel linux\n append vga=788 initrd=ucode.img,initrd.gz --- quiet\n',
      entry('linux', 'initrd.gz', 'vga=788 --- quiet'),
    ],
    [
      'the Boot Loader Specification',
      'title A\nlinux /a/linux\ninitrd /a/ucode\noptions a=1\noptions b=2\n',
      entry('/a/linux', '/a/ucode', 'a=1 b=2'),
    ],
  ])('should read that of %s', (_, text, expected) => {
    expect(firstEntry(text)).toEqual(expected)
  })

  it('should know none where the kernel is a variable, or there is nothing', () => {
    expect(firstEntry('linux $kernel quiet\n')).toBeUndefined()
    expect(firstEntry('')).toBeUndefined()
  })

  it('should read any text in no time', () => {
    const words = fc.constantFrom('linux', 'initrd', 'append', ' ', '\n', '/', '$x', 'initrd=', ',', '\0')
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 200 }), (pieces) => {
        const found = firstEntry(pieces.join(''))
        if (found !== undefined) expect(found.kernel).not.toMatch(/[\s$]/)
      }),
    )
  })
})
