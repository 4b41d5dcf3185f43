import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { parseDiskImage } from '../../target/disk-image.ts'
import { emptyOverlay, makeOverlay } from './overlay.ts'

const clusterBytes = 65_536

describe('emptyOverlay', () => {
  it('should be a qcow2 disk of its size, whose tables lie inside it and say what is in use', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 37 }), (sectors) => {
        const diskBytes = sectors * 512
        const { pieces, size } = emptyOverlay(diskBytes)
        const header = pieces.get(0) ?? Buffer.alloc(0)
        expect(parseDiskImage(header, size)).toEqual({ format: 'qcow2', diskBytes })
        const entries = header.readUInt32BE(36)
        expect(entries * 2 ** 29).toBeGreaterThanOrEqual(diskBytes)
        expect(Number(header.readBigUInt64BE(40)) + entries * 8).toBeLessThanOrEqual(size)
        const table = pieces.get(Number(header.readBigUInt64BE(48)))
        const counts = pieces.get(Number(table?.readBigUInt64BE(0)))
        expect(counts?.length).toBe((size / clusterBytes) * 2)
      }),
    )
  })
})

describe('makeOverlay', () => {
  it('should leave no name behind', async () => {
    await withDir(async ({ path }) => {
      await using handle = await makeOverlay(path, 1024 * 1024)
      const { nlink, size } = await handle.stat()
      expect({ nlink, size }).toEqual({ nlink: 0, size: 4 * clusterBytes })
      expect((await readFile(`/proc/self/fd/${handle.fd}`)).subarray(0, 4).toString('latin1')).toBe('QFIû')
    })
  })

  it('should say where it could not be made', async () => {
    await withDir(
      async ({ path }) => {
        await writeFile(join(path, 'file'), '')
        await expect(makeOverlay(join(path, 'file'), 512)).rejects.toMatchObject({
          ...{ code: 'OVERLAY_UNWRITABLE', blame: 'testbed' },
          hint: 'Set TMPDIR to a folder with room.',
        })
      },
      { unsafeCleanup: true },
    )
  })
})
