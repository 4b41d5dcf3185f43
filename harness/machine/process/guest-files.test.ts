import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Firmware } from '../firmware/find-firmware.ts'
import { fakeMaking } from '../testing/fake-machine.ts'
import { forkGuestFiles, type GuestFiles, mapFiles, openGuestFiles } from './guest-files.ts'

let folder: string
let cleanup: () => Promise<void>
beforeEach(async () => {
  ;({ path: folder, cleanup } = await dir({ unsafeCleanup: true }))
  for (const name of ['kernel', 'image', 'metadata', 'code', 'variables'])
    await writeFile(join(folder, name), Buffer.alloc(4096, name))
})
afterEach(() => cleanup())

const at = (name: string) => join(folder, name)

const openFiles = async (architecture: 'x86_64' | 'arm64', format: 'raw' | 'qcow2' = 'raw') => {
  const flashFile = (name: string) => ({ path: at(name), format: 'raw' as const, diskBytes: 4096 })
  const firmware: Firmware = {
    ...{ descriptor: '', description: '' },
    ...{ code: flashFile('code'), variables: flashFile('variables') },
  }
  const disks = [{ path: at('image'), format }]
  return await openGuestFiles(
    {
      spec: { ...fakeMaking.spec, architecture, kernel: at('kernel'), disks },
      disks: [{ path: at('metadata'), readOnly: true, format: 'raw' }],
    },
    { user: undefined, directory: folder, firmware },
  )
}

/** What each disk is for, its size, and its files from the top down. */
const shape = ({ disks }: GuestFiles) =>
  disks.map(({ use, diskBytes, layers }) => [
    use,
    diskBytes,
    layers.map(({ file }) => file.path.replaceAll(`${folder}/`, '')),
  ])

describe('the files of a guest', () => {
  it('should have an overlay wherever the guest may write, the image’s disks first', async () => {
    await using files = await openFiles('x86_64')
    expect(shape(files)).toEqual([
      ['code', 4096, ['code']],
      ['variables', 4096, ['overlay over variables', 'variables']],
      ['disk', 4096, ['overlay over image', 'image']],
      ['disk', 4096, ['metadata']],
    ])
    expect(files.files.filter(({ ours }) => ours).map(({ path }) => path.replace(`${folder}/`, ''))).toEqual([
      'overlay over variables',
      'overlay over image',
      'metadata',
    ])
    expect(files.descriptors).toHaveLength(7)
    expect(files.argv.disks.flatMap(({ layers }) => layers.map(({ fd }) => fd))).toEqual(
      [1, 2, 3, 4, 5, 6].map((index) => Number(files.argv.kernel?.slice('/dev/fd/'.length)) + index),
    )
  })

  it('should open nothing for writing but overlays', async () => {
    await using files = await openFiles('x86_64')
    for (const { path, handle } of files.files) {
      const writing = handle.write('x', 0)
      if (path.startsWith('overlay')) await writing
      else await expect(writing).rejects.toMatchObject({ code: 'EBADF' })
    }
  })

  it('should fill flash up to the size that the machine has', async () => {
    await using files = await openFiles('arm64')
    expect(shape(files).slice(0, 2)).toEqual([
      ['code', 67_108_864, ['overlay over code', 'code']],
      ['variables', 67_108_864, ['overlay over variables', 'variables']],
    ])
    const code = files.disks[0]?.layers[0]?.file.handle
    await expect(code?.write('x', 0)).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('should give a fork overlays of its own over those of the frozen machine, and no flash', async () => {
    await using frozen = await openFiles('x86_64')
    await using one = await forkGuestFiles(frozen)
    await using other = await forkGuestFiles(frozen)
    expect(shape(one)).toEqual([
      ['code', 4096, []],
      ['variables', 4096, []],
      ['disk', 4096, ['overlay over image', 'overlay over image', 'image']],
      ['disk', 4096, ['metadata']],
    ])
    const topOf = async (files: GuestFiles) => (await files.disks[2]?.layers[0]?.file.handle.stat())?.ino
    expect(new Set([await topOf(frozen), await topOf(one), await topOf(other)]).size).toBe(3)
  })

  it('should refuse a disk whose format is another one by now', async () => {
    await expect(openFiles('x86_64', 'qcow2')).rejects.toMatchObject({
      ...{ code: 'FILE_UNUSABLE', blame: 'usage' },
      message: expect.stringContaining('of the format qcow2, found raw'),
    })
  })

  it('should be mapped in the order in which QEMU inherits them', async () => {
    await using files = await openFiles('x86_64')
    const mapped = await mapFiles(files, (file, { index, use }) => `${index} ${use} ${file.path.slice(-5)}`)
    expect(mapped.kernel).toBe('0 kernel ernel')
    expect(mapped.disks.map(({ layers }) => layers.map(({ file }) => file))).toEqual([
      ['1 code /code'],
      ['2 variables ables', '3 variables ables'],
      ['4 disk image', '5 disk image'],
      ['6 disk adata'],
    ])
  })
})
