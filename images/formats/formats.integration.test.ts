import { copyFile, open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { targetFromImage } from '../../harness/cli/target-image.ts'
import { type Architecture, architectures } from '../../harness/common/architecture.ts'
import { sha256, sha256OfFile } from '../../harness/common/digest.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { type Image, openImage } from '../../harness/image/image.ts'
import { loadTarget, specOf, type Target } from '../../harness/target/target.ts'
import { buildReference } from '../builder/reference.ts'
import { type BuiltFormat, buildFormat, buildFormatFor, ingredientsFor } from './build-format.ts'
import type { Format, Ingredients } from './format.ts'
import { type FormatName, formatNames, formats } from './formats.ts'
import { tool } from './tool.ts'

const all = architectures.flatMap((architecture) =>
  formatNames
    .filter((name) => (formats[name] as Format).architectures.includes(architecture))
    .map((name) => [name, architecture] as const),
)
const built = (name: FormatName, architecture: Architecture): Promise<BuiltFormat> =>
  buildFormatFor(name, 'debug', architecture, {})
const silent = () => {}

/** All that a judgement at rest can differ by. */
const contentsOf = async ({ kernel, cmdline, root, trees }: Image) => {
  const files = [...root.entries()].map(({ path, type, mode, size }) => `${path} ${type} ${mode} ${size}`)
  const init = await root.resolve('/sbin/init')?.read()
  return {
    release: kernel.release,
    cmdline: cmdline?.text.replace(/ root=\S+$/, ''),
    files: sha256(files.sort().join('\n')),
    count: files.length,
    names: trees.map(({ name }) => name).filter((name) => name === 'initrd'),
    init: sha256(init ?? ''),
  }
}

const imageOf = async (target: Target, architecture: Architecture): Promise<Image> =>
  await openImage(specOf(target, architecture))

describe('formats of the reference image at rest', () => {
  it.each(all)('should hold the same in %s as in kernel and initrd, on %s', async (name, architecture) => {
    const options = { variant: 'debug', architectures: [architecture] } as const
    const plain = await contentsOf(
      await imageOf(await loadTarget(await buildReference(options)), architecture),
    )
    expect(plain.count).toBeGreaterThan(100)
    const path = await buildFormat(name, options)
    expect(await contentsOf(await imageOf(await loadTarget(path), architecture))).toEqual(plain)
    const { file, guest } = await built(name, architecture)
    if (file === undefined) return
    const found = await targetFromImage(file, {}, silent)
    expect(await contentsOf(await imageOf(found, architecture))).toEqual(plain)
    expect(specOf(found, architecture)).toMatchObject({ firmware: guest.firmware ?? 'none' })
  })

  it('should have the same bytes whenever they are written', async () => {
    for (const name of ['kernel+disk', 'uki', 'iso-bios', 'iso-efi', 'qcow2-bios', 'qcow2-efi'] as const) {
      const { folder } = await built(name, 'x86_64')
      const names = Object.keys(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
      await withDir(
        async ({ path }) => {
          await formats[name].build(await ingredientsFor('debug', 'x86_64', {}), path)
          const hashes = (at: string) => Promise.all(names.map((file) => sha256OfFile(join(at, file))))
          expect([name, await hashes(path)]).toEqual([name, await hashes(folder)])
        },
        { unsafeCleanup: true },
      )
    }
  })
})

interface Broken {
  readonly format: FormatName
  readonly flaw: string
  readonly message: RegExp
  make(path: string, ingredients: Ingredients): Promise<void>
}

const cut = (bytes: number) => async (path: string) => {
  await using file = await open(path, 'r+')
  await file.truncate(bytes)
}
const without = (name: string) => async (path: string) =>
  await tool('mdel', ['-i', `${path}@@1M`, `::${name}`])

const mebibyte = 2 ** 20
const broken: readonly Broken[] = [
  {
    format: 'raw-efi',
    flaw: 'cut off',
    message: /cannot be read whole: .*found the end at 20971520/,
    make: cut(20 * mebibyte),
  },
  {
    format: 'raw-bios',
    flaw: 'cut off',
    message: /expected a kernel .* found none/,
    make: cut(20 * mebibyte),
  },
  {
    format: 'raw-efi',
    flaw: 'without its kernel',
    message: /none, though .*reference\.conf starts \/boot\/kernel/,
    make: without('/boot/kernel'),
  },
  {
    format: 'raw-bios',
    flaw: 'without its kernel',
    message: /none, though .*grub\.cfg starts \/boot\/kernel/,
    make: without('/boot/kernel'),
  },
  {
    format: 'raw-efi',
    flaw: 'with the loader of another architecture',
    message: /BOOTX64\.EFI .*for machine 0xaa64, not for x86_64/,
    make: async (path, ingredients) => {
      const { systemdBoot } = (await ingredientsFor('debug', 'arm64', {})).loaders
      await formats['raw-efi'].build(
        { ...ingredients, loaders: { ...ingredients.loaders, systemdBoot } },
        join(path, '..'),
      )
    },
  },
  {
    format: 'iso-efi',
    flaw: 'cut off',
    message: /initrd\.img, which .*reference\.conf starts: /,
    make: cut(20 * mebibyte),
  },
  { format: 'iso-bios', flaw: 'cut off', message: /reference\.iso/, make: cut(3 * mebibyte) },
  { format: 'uki', flaw: 'cut off', message: /reference\.efi/, make: cut(20 * mebibyte) },
  {
    format: 'tar-kernel-initrd',
    flaw: 'cut off',
    message: /reference-initrd\.tar/,
    make: cut(20 * mebibyte),
  },
  { format: 'qcow2-efi', flaw: 'cut off', message: /reference-efi\.qcow2/, make: cut(20 * mebibyte) },
]

describe('broken images', () => {
  it.each(broken)(
    'should be refused before they are started: $format $flaw',
    async ({ format, message, make }) => {
      await withDir(
        async ({ path }) => {
          const { file = '' } = await built(format, 'x86_64')
          const copy = join(path, file.split('/').at(-1) ?? '')
          await copyFile(file, copy)
          await make(copy, await ingredientsFor('debug', 'x86_64', {}))
          const error: unknown = await targetFromImage(copy, {}, silent).then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
          expect(error).toBeInstanceOf(DrydockError)
          expect(error).toMatchObject({ blame: 'usage', message: expect.stringMatching(message) })
        },
        { unsafeCleanup: true },
      )
    },
  )

  it('should let flags choose where a disk starts in two ways, and list them', async () => {
    await withDir(
      async ({ path }) => {
        const ingredients = await ingredientsFor('debug', 'x86_64', {})
        const disk = join(path, 'reference-efi.img')
        await formats['raw-efi'].build(ingredients, path)
        const grub = ingredients.loaders.grub.get('boot.img') ?? Buffer.alloc(0)
        await using file = await open(disk, 'r+')
        await file.write(grub, 0, 440, 0)
        await expect(targetFromImage(disk, {}, silent)).rejects.toMatchObject({
          code: 'AMBIGUOUS_IMAGE',
          hint: expect.stringMatching(/^Choose one:\n {2}--firmware bios {2}.*\n {2}--firmware uefi {2}/),
        })
        expect(specOf(await targetFromImage(disk, { firmware: 'bios' }, silent), 'x86_64').firmware).toBe(
          'bios',
        )
      },
      { unsafeCleanup: true },
    )
  })

  it('should say what a file needs that cannot start alone', async () => {
    await withDir(
      async ({ path }) => {
        const { folder } = await built('kernel+disk', 'x86_64')
        await expect(targetFromImage(join(folder, 'reference-root.img'), {}, silent)).rejects.toMatchObject({
          code: 'NOT_BOOTABLE',
          hint: expect.stringContaining('--kernel KERNEL --disk FILE'),
        })
        const zeros = join(path, 'zeros')
        await writeFile(zeros, Buffer.alloc(mebibyte))
        expect((await stat(zeros)).size).toBe(mebibyte)
        await expect(targetFromImage(zeros, {}, silent)).rejects.toMatchObject({ code: 'NOT_BOOTABLE' })
      },
      { unsafeCleanup: true },
    )
  })
})
