import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matrixSchema } from '../record/cells/cell.ts'
import { matrixOf } from './matrix.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-matrix-'))
  await writeFile(join(folder, 'disk.img'), Buffer.alloc(4096))
  for (const file of ['one.yml', 'two.yml']) {
    await writeFile(
      join(folder, file),
      `name: My_OS-${file === 'one.yml' ? 1 : 2}\nfirmware: uefi\narchitectures:\n  x86_64: { disks: [{ path: disk.img }] }\n  arm64: { disks: [{ path: disk.img }] }\n`,
    )
  }
})
afterAll(() => rm(folder, { recursive: true }))

describe('matrixOf', () => {
  it('should have a cell for each architecture of each target, each with a command of its own', async () => {
    const files = ['one.yml', 'two.yml', 'one.yml'].map((name) => join(folder, name))
    const matrix = await matrixOf(files, 'cells')
    expect(matrixSchema.parse(matrix)).toEqual(matrix)
    expect(matrix.cells.map(({ id }) => id)).toEqual([
      ...['my-os-1-x86-64', 'my-os-1-arm64', 'my-os-2-x86-64', 'my-os-2-arm64'],
      ...['my-os-1-x86-64.2', 'my-os-1-arm64.2'],
    ])
    expect(matrix.cells[5]?.command).toEqual([
      'npx',
      'drydock',
      'check',
      files[2],
      '--arch',
      'arm64',
      '--out',
      'cells/my-os-1-arm64.2',
    ])
  })

  it('should say which file is no target', async () => {
    await expect(matrixOf([join(folder, 'none.yml')], 'cells')).rejects.toMatchObject({ blame: 'usage' })
  })
})
