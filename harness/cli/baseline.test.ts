import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { baseline } from './baseline.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-baseline-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** As much of a kernel as is read before it is started. */
const kernel = (): Buffer => {
  const bytes = Buffer.alloc(4096)
  bytes.write('HdrS', 0x202)
  bytes.writeUInt16LE(0xaa55, 0x1fe)
  bytes.writeUInt16LE(0x020f, 0x206)
  bytes.writeUInt16LE(1, 0x236)
  return bytes
}

describe('drydock baseline', () => {
  it('should not write over what may have been reviewed, and say so before anything is started', async () => {
    const target = join(folder, 'image.yml')
    await writeFile(join(folder, 'vmlinuz'), kernel())
    await writeFile(target, 'name: image\narchitectures:\n  x86_64:\n    kernel: vmlinuz\n')
    const beside = join(folder, 'inventory.yml')
    await writeFile(beside, '# reviewed\n')
    const refused = baseline(target, { accel: 'prefer' })
    await expect(refused).rejects.toMatchObject({ code: 'BASELINE_EXISTS', blame: 'usage' })
    await expect(refused).rejects.toThrow(`${beside}: expected no file`)
    await expect(baseline(target, { accel: 'prefer', out: beside })).rejects.toThrow(/--force/)
    expect(await readFile(beside, 'utf8')).toBe('# reviewed\n')
  })
})
