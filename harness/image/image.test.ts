import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import which from 'which'
import type { GuestSpec } from '../target/target.ts'
import { hashArtefacts } from './hash.ts'
import { openImage } from './image.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { buildImage } from './testing/kernel-builder.ts'
import { isInstalled, makeImage } from './testing/make-image.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const hasTools =
  which.sync('tar2sqfs', { nothrow: true }) !== null && which.sync('sqfs2tar', { nothrow: true }) !== null

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await folder[Symbol.asyncDispose]()
})

const write = async (name: string, bytes: Buffer | string): Promise<string> => {
  const path = join(folder.path, name)
  await writeFile(path, bytes)
  return path
}

const specWith = async (parts: Partial<GuestSpec>): Promise<GuestSpec> => ({
  architecture: 'arm64',
  kernel: await write('kernel', buildImage('6.12.1', 'CONFIG_A=y\n')),
  initrd: undefined,
  cmdline: 'console=ttyAMA0',
  kernelConfig: undefined,
  firmware: 'none',
  disks: [],
  memoryMiB: 512,
  cpus: 1,
  cpu: undefined,
  metadata: 'none',
  login: {},
  ...parts,
})

const makeSquashfs = async (name: string, file: string): Promise<Buffer> => {
  const content = join(folder.path, `${name}.d`)
  await mkdir(join(content, 'sbin'), { recursive: true })
  await writeFile(join(content, file), 'x'.repeat(5000))
  const path = join(folder.path, name)
  const tar = await execa('tar', ['-C', content, '-cf', '-', '.'], { encoding: 'buffer' })
  await execa('tar2sqfs', ['--quiet', path], { input: tar.stdout })
  return await readFile(path)
}

const rootEntries = [
  { path: '/', type: 'directory', mode: 0o755 },
  { path: '/sbin', type: 'directory', mode: 0o755 },
  { path: '/sbin/init', type: 'file', mode: 0o755, content: Buffer.from('the init') },
] as const

describe('openImage', () => {
  it('should open a kernel with its configuration and an initrd', async () => {
    const initrd = await write('initrd', gzipSync(buildCpio([textFile('init', 'x')])))
    const image = await openImage(await specWith({ initrd }))
    expect(image.kernel).toEqual({
      name: `${folder.path}/kernel`,
      embeddedConfig: expect.any(Function),
      architecture: 'arm64',
      release: '6.12.1',
      format: 'Image',
      config: 'CONFIG_A=y\n',
      configSource: `${folder.path}/kernel (IKCONFIG)`,
    })
    expect(image.trees.map(({ name }) => name)).toEqual(['initrd'])
    expect(image.root.get('/init')?.size).toBe(1)
    expect(image.unread).toEqual([])
  })

  it('should prefer the configuration its builder kept', async () => {
    const kernelConfig = await write('config', 'CONFIG_B=y\n')
    const { kernel } = await openImage(await specWith({ kernelConfig }))
    expect(kernel).toMatchObject({ config: 'CONFIG_B=y\n', configSource: kernelConfig })
  })

  it('should refuse a kernel of the other architecture', async () => {
    await expect(openImage(await specWith({ architecture: 'x86_64' }))).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      blame: 'usage',
    })
  })

  it.runIf(hasTools)('should take the squashfs that has an init for the root', async () => {
    const nested = buildCpio([
      textFile('init', 'moves to the root'),
      { ...textFile('root.squashfs', ''), content: await makeSquashfs('root', 'sbin/init') },
      { ...textFile('data.squashfs', ''), content: await makeSquashfs('data', 'notes') },
    ])
    const image = await openImage(await specWith({ initrd: await write('initrd', nested) }))
    expect(image.trees.map(({ name }) => name)).toEqual([
      'initrd',
      'initrd:/data.squashfs',
      'initrd:/root.squashfs',
    ])
    expect(image.root.get('/sbin/init')?.size).toBe(5000)
  })

  it.for([
    ['EROFS', 'mkfs.erofs', 'mkfs.erofs --quiet "$image" "$tree"'],
    ['ext4', 'mkfs.ext4', 'mkfs.ext4 -q -F -d "$tree" "$image" 1M'],
  ] as const)('should take an %s in the initrd for the root', async ([, program, script], { skip }) => {
    skip(!isInstalled(program) || !isInstalled('fakeroot'), `this host has no ${program} or no fakeroot`)
    const content = await makeImage(script, rootEntries)
    const nested = buildCpio([textFile('init', 'moves to the root'), { ...textFile('root', ''), content }])
    const image = await openImage(await specWith({ initrd: await write('initrd', nested) }))
    expect(image.trees.map(({ name }) => name)).toEqual(['initrd', 'initrd:/root'])
    expect((await image.root.get('/sbin/init')?.read())?.toString()).toBe('the init')
  })

  it('should take a disk with an init for the root where the initrd holds none', async ({ skip }) => {
    skip(!isInstalled('mkfs.ext4') || !isInstalled('fakeroot'), 'this host has no mkfs.ext4 or no fakeroot')
    const root = await makeImage('mkfs.ext4 -q -F -d "$tree" "$image" 1M', rootEntries)
    const disks = [{ path: await write('disk', root), format: 'raw' as const }]
    const initrd = await write('initrd', buildCpio([textFile('init', 'mounts the disk')]))
    const image = await openImage(await specWith({ initrd, disks }))
    expect(image.trees.map(({ name }) => name)).toEqual(['initrd', 'vda'])
    expect(image.root.get('/sbin/init')?.size).toBe(8)
  })

  it('should refuse what is no initrd', async () => {
    const kernel = await write('again', buildImage('6.12.1'))
    await expect(openImage(await specWith({ initrd: kernel }))).rejects.toMatchObject({
      code: 'NOT_AN_INITRD',
      blame: 'usage',
    })
  })

  it('should name the file systems that it could not open', async () => {
    const erofs = Buffer.alloc(8192)
    erofs.writeUInt32LE(0xe0f5e1e2, 1024)
    const squashfs = Buffer.alloc(4096)
    squashfs.write('hsqs')
    squashfs.writeUInt16LE(4, 28)
    squashfs.writeUInt32LE(0x7fffffff, 40)
    const initrd = buildCpio([
      { ...textFile('a', ''), content: erofs },
      { ...textFile('b', ''), content: squashfs },
    ])
    const image = await openImage(await specWith({ initrd: await write('initrd', initrd) }))
    expect(image.unread).toEqual([
      { name: 'initrd:/a', reason: expect.stringMatching(/initrd:\/a: expected blocks of 512 bytes/) },
      {
        name: 'initrd:/b',
        reason: expect.stringMatching(/initrd:\/b: expected a squashfs of 2147483647 bytes, found 4096/),
      },
    ])
    expect(image.root).toBe(image.trees[0]?.tree)
  })

  it('should have an empty root where the kernel boots alone', async () => {
    const image = await openImage(await specWith({}))
    expect(image.trees).toEqual([])
    expect([...image.root.entries()].map(({ path }) => path)).toEqual(['/'])
  })
})

describe('hashArtefacts', () => {
  it('should hash every file of the image', async () => {
    const initrd = await write('initrd', 'abc')
    const kernel = await write('k', '')
    expect(await hashArtefacts(await specWith({ kernel, initrd }))).toEqual([
      {
        role: 'kernel',
        path: kernel,
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
      {
        role: 'initrd',
        path: initrd,
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    ])
  })
})
