import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { withFile } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { parseDiskImage, readDiskImage } from './disk-image.ts'

const qcow2 = (change: (header: Buffer) => void = () => {}): Buffer => {
  const header = Buffer.alloc(104)
  header.write('QFI\u00fb', 'latin1')
  header.writeUInt32BE(3, 4)
  header.writeUInt32BE(16, 20)
  header.writeBigUInt64BE(1_048_576n, 24)
  header.writeUInt32BE(104, 100)
  change(header)
  return header
}

describe('a disk image', () => {
  it('should be known by its bytes, whatever its name', async () => {
    await withFile(async ({ path }) => {
      await writeFile(path, qcow2())
      expect(await readDiskImage(path)).toEqual({ format: 'qcow2', diskBytes: 1_048_576 })
      await writeFile(path, Buffer.alloc(1000))
      expect(await readDiskImage(path)).toEqual({ format: 'raw', diskBytes: 1024 })
    })
  })

  it.each<[string, (header: Buffer) => void]>([
    ['that stands on a backing file', (header) => header.writeBigUInt64BE(104n, 8)],
    ['whose data is in another file', (header) => header.writeBigUInt64BE(4n, 72)],
    ['that is marked as corrupt', (header) => header.writeBigUInt64BE(2n, 72)],
    ['of version 1', (header) => header.writeUInt32BE(1, 4)],
    ['of version 4', (header) => header.writeUInt32BE(4, 4)],
    ['encrypted', (header) => header.writeUInt32BE(2, 32)],
    ['of a disk of 1000 bytes', (header) => header.writeBigUInt64BE(1000n, 24)],
    ['of a disk of 18446744073709551104 bytes', (header) => header.writeBigUInt64BE(2n ** 64n - 512n, 24)],
  ])('should be refused as qcow2 %s', (words, change) => {
    expect(parseDiskImage(qcow2(change), 200_000)).toEqual({ problem: expect.stringContaining(words) })
  })

  it('should be refused where it ends in its header', () => {
    for (const length of [4, 71, 72, 103])
      expect(parseDiskImage(qcow2().subarray(0, length), length)).toMatchObject({
        problem: expect.stringContaining('ends in its header'),
      })
  })

  it('should be a disk of a size that QEMU takes, or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 104 }), fc.boolean(), fc.nat(), (bytes, marked, size) => {
        const header = Buffer.from(bytes)
        if (marked) qcow2().copy(header, 0, 0, 8)
        const found = parseDiskImage(header, size)
        if ('problem' in found) return
        expect(found.diskBytes % 512).toBe(0)
        expect(found.diskBytes).toBeLessThanOrEqual(2 ** 46)
      }),
    )
  })
})
