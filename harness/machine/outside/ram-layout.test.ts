import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRamLayout } from './ram-layout.ts'

const fixture = async (name: string): Promise<string> =>
  await readFile(new URL(`../../../fixtures/qmp/${name}.txt`, import.meta.url), 'utf8')

describe('the layout of guest memory', () => {
  it('should leave out the hole below 4 GiB', async () => {
    const segments = parseRamLayout(await fixture('mtree-x86_64-4g'), 'x86_64')
    expect(segments).toEqual([
      { address: 0, size: 0xc0000, fileOffset: 0 },
      { address: 0x10_0000, size: 0x7ff0_0000, fileOffset: 0x10_0000 },
      { address: 0x1_0000_0000, size: 0x8000_0000, fileOffset: 0x8000_0000 },
    ])
  })

  it('should see what firmware made read-only as memory too', async () => {
    const segments = parseRamLayout(await fixture('mtree-x86_64-512m-booted'), 'x86_64')
    expect(segments.reduce((sum, { size }) => sum + size, 0)).toBe(512 * 1024 * 1024)
    expect(segments.every(({ address, fileOffset }) => address === fileOffset)).toBe(true)
  })

  it('should begin at 1 GiB on arm64', async () => {
    expect(parseRamLayout(await fixture('mtree-arm64-512m'), 'arm64')).toEqual([
      { address: 0x4000_0000, size: 512 * 1024 * 1024, fileOffset: 0 },
    ])
  })

  it('should say where it finds none', () => {
    expect(() => parseRamLayout('unknown command', 'arm64')).toThrow('expected RAM at 0x40000000')
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseRamLayout(text, 'x86_64')).toThrow('expected RAM at 0x0')
      }),
    )
  })
})
