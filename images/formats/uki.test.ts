import { describe, expect, it } from 'vitest'
import { MemorySource, readWhole } from '../../harness/image/byte-source.ts'
import { isUki, readSections } from '../../harness/image/uki.ts'
import { unifiedKernelImage } from './uki.ts'

const alignment = { file: 512, memory: 4096 }

/** A PE program with a section `.text`, and room for as many headers as 1 KiB has. */
const stub = (): Buffer => {
  const bytes = Buffer.alloc(1536)
  bytes.write('MZ')
  bytes.writeUInt32LE(64, 0x3c)
  bytes.write('PE\0\0', 64, 'latin1')
  bytes.writeUInt16LE(1, 70)
  bytes.writeUInt16LE(240, 84)
  bytes.writeUInt32LE(alignment.memory, 88 + 32)
  bytes.writeUInt32LE(alignment.file, 88 + 36)
  bytes.writeUInt32LE(8192, 88 + 56)
  bytes.writeUInt32LE(1024, 88 + 60)
  const header = 88 + 240
  bytes.write('.text', header, 'latin1')
  for (const [at, value] of [
    [8, 100],
    [12, 4096],
    [16, 512],
    [20, 1024],
  ] as const)
    bytes.writeUInt32LE(value, header + at)
  return bytes
}

const sections = [
  { name: '.cmdline', content: Buffer.from('quiet') },
  { name: '.linux', content: Buffer.alloc(5000, 'k') },
]

describe('unifiedKernelImage', () => {
  it('should hold what was added, behind what was there', async () => {
    const image = unifiedKernelImage(stub(), sections)
    expect(isUki(image)).toBe(true)
    const found = await readSections(new MemorySource(image, 'image'))
    expect(found.map(({ name }) => name)).toEqual(['.text', '.cmdline', '.linux'])
    const contents = await Promise.all(found.slice(1).map(({ content }) => readWhole(content)))
    expect(contents).toEqual(sections.map(({ content }) => content))
    expect(image.length % alignment.file).toBe(0)
  })

  it('should place sections in memory one behind the other', () => {
    const image = unifiedKernelImage(stub(), sections)
    const at = (index: number) => image.readUInt32LE(88 + 240 + index * 40 + 12)
    expect([at(1), at(2), image.readUInt32LE(88 + 56)]).toEqual([8192, 12_288, 20_480])
  })

  it('should refuse a stub without room, and what is no program', () => {
    const many = Array.from({ length: 20 }, () => ({ name: '.x', content: Buffer.from('x') }))
    expect(() => unifiedKernelImage(stub(), many)).toThrow(/room for 20 more sections/)
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(4096), Buffer.from('MZ')])
      expect(() => unifiedKernelImage(bytes, sections)).toThrow(/a PE program/)
  })
})
