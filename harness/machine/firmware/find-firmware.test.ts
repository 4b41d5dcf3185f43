import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Qemu } from '../qemu.ts'
import { descriptorFolders } from './descriptor-files.ts'
import { findFirmware } from './find-firmware.ts'

let folder: string
let cleanup: () => Promise<void>
beforeEach(async () => {
  ;({ path: folder, cleanup } = await dir({ unsafeCleanup: true }))
  for (const name of ['share', 'etc', 'user']) await mkdir(join(folder, name))
  for (const name of ['code.fd', 'vars.fd']) await writeFile(join(folder, name), Buffer.alloc(4096))
})
afterEach(() => cleanup())

const qemu: Qemu = { architecture: 'x86_64', path: '/opt/bin/qemu', version: '7.2.22', text: '' }
const find = (wanted = qemu) =>
  findFirmware(
    wanted,
    ['share', 'etc', 'user', 'missing'].map((name) => join(folder, name)),
  )

const descriptor = (description: string, changed: object = {}) => ({
  description,
  'interface-types': ['uefi'],
  mapping: mapping({}),
  targets: [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
  features: [],
  tags: [],
  ...changed,
})
const mapping = (changed: object) => ({
  device: 'flash',
  executable: { filename: join(folder, 'code.fd'), format: 'raw' },
  'nvram-template': { filename: join(folder, 'vars.fd'), format: 'raw' },
  ...changed,
})
const put = async (path: string, content: object | '') =>
  await writeFile(join(folder, path), content === '' ? '' : JSON.stringify(content))

describe('findFirmware', () => {
  it('should take the first by file name that fits, in whatever folder it lies', async () => {
    await put('share/50-b.json', descriptor('second'))
    await put('etc/40-a.json', descriptor('first'))
    await put('user/60-c.json', descriptor('third'))
    expect(await find()).toEqual({
      descriptor: join(folder, 'etc/40-a.json'),
      description: 'first',
      code: { path: join(folder, 'code.fd'), format: 'raw', diskBytes: 4096 },
      variables: { path: join(folder, 'vars.fd'), format: 'raw', diskBytes: 4096 },
    })
  })

  it('should let a more specific folder replace a descriptor, and hide one by an empty file', async () => {
    await put('share/50-b.json', descriptor('shipped'))
    await put('share/60-c.json', descriptor('other'))
    await put('etc/50-b.json', descriptor('administrator’s'))
    expect((await find()).description).toBe('administrator’s')
    await put('user/50-b.json', '')
    expect((await find()).description).toBe('other')
    await symlink('/dev/null', join(folder, 'user/60-c.json'))
    await expect(find()).rejects.toMatchObject({ code: 'FIRMWARE_MISSING' })
  })

  it.each<[string, () => object, string]>([
    ['system management mode', () => ({ features: ['requires-smm'] }), 'has the feature requires-smm'],
    ['enrolled keys', () => ({ features: ['enrolled-keys'] }), 'has the feature enrolled-keys'],
    [
      'memory',
      () => ({ mapping: { device: 'memory', filename: '/x' } }),
      'is mapped as memory, not as flash',
    ],
    ['no variables', () => ({ mapping: mapping({ mode: 'stateless' }) }), 'no variables of its own'],
    [
      'a missing file',
      () => ({ mapping: mapping({ executable: { filename: '/nonexistent/code.fd', format: 'raw' } }) }),
      '/nonexistent/code.fd, which is not there',
    ],
    [
      'a wrong format',
      () => ({ mapping: mapping({ executable: { filename: join(folder, 'code.fd'), format: 'qcow2' } }) }),
      'is qcow2, it is raw',
    ],
    ['a broken file', () => ({ targets: 1 }), 'expected a list at targets'],
  ])('should pass over a descriptor with %s, and say so', async (_, changed, words) => {
    await put('share/40-a.json', descriptor('unfit', changed()))
    await expect(find()).rejects.toMatchObject({
      code: 'FIRMWARE_MISSING',
      blame: 'testbed',
      message: expect.stringContaining(`40-a.json ${words.startsWith('/') ? `names ${words}` : ''}`),
      hint: 'Install it with: apt-get install --no-install-recommends ovmf',
    })
    await expect(find()).rejects.toThrow(words)
    await put('share/50-b.json', descriptor('fit'))
    expect((await find()).description).toBe('fit')
  })

  it('should look for the machine and architecture that QEMU has', async () => {
    await put(
      'share/1.json',
      descriptor('old', { targets: [{ architecture: 'x86_64', machines: ['pc-q35-6.*'] }] }),
    )
    await put('share/2.json', descriptor('bios', { 'interface-types': ['bios'] }))
    await put(
      'share/3.json',
      descriptor('arm', { targets: [{ architecture: 'aarch64', machines: ['virt-*'] }] }),
    )
    await expect(find()).rejects.toThrow(/machine pc-q35-7\.2\) in .*, found: none/)
    expect((await find({ ...qemu, architecture: 'arm64' })).description).toBe('arm')
  })
})

describe('descriptorFolders', () => {
  it('should be sorted from the most general to the most specific', () => {
    expect(
      descriptorFolders('/opt/qemu/bin/qemu-system-x86_64', { XDG_CONFIG_HOME: '/home/me/config' }),
    ).toEqual([
      '/opt/qemu/share/qemu/firmware',
      '/usr/share/qemu/firmware',
      '/etc/qemu/firmware',
      '/home/me/config/qemu/firmware',
    ])
    expect(descriptorFolders('/usr/bin/qemu-system-x86_64', {})).toHaveLength(3)
  })
})
