import { describe, expect, it } from 'vitest'
import { MemorySource } from './byte-source.ts'
import { newContext, openPart } from './open-part.ts'
import type { Part } from './part.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { buildBzImage } from './testing/kernel-builder.ts'
import { buildPe, type PeSection } from './testing/pe-builder.ts'
import { isUki } from './uki.ts'

const kernel = buildBzImage({ release: '6.12.1', payload: Buffer.alloc(64), is64: true })
const sections: readonly PeSection[] = [
  { name: '.osrel', content: Buffer.from('NAME=x\nPRETTY_NAME="Some OS 1"\n') },
  { name: '.cmdline', content: Buffer.from('root=/dev/vda2 quiet\n\0') },
  { name: '.uname', content: Buffer.from('6.12.1') },
  { name: '.linux', content: kernel },
  { name: '.initrd', content: buildCpio([textFile('init', '#!/bin/sh')]) },
]

const open = async (bytes: Buffer): Promise<Part> =>
  await openPart(new MemorySource(bytes, 'a.efi'), newContext('all'))

describe('a unified kernel image', () => {
  it('should show its kernel, initrd, command line and system', async () => {
    const part = await open(buildPe(sections))
    expect(part).toMatchObject({
      format: 'unified kernel image',
      cmdline: 'root=/dev/vda2 quiet',
      details: { system: 'Some OS 1', release: '6.12.1' },
    })
    expect(part.parts[0]?.kernel).toEqual({ architecture: 'x86_64', format: 'bzImage', release: '6.12.1' })
    expect(part.parts[1]?.tree?.get('/init')?.size).toBe(9)
  })

  it('should show the first of several profiles', async () => {
    const more = ['.profile', '.cmdline'].map((name) => ({ name, content: Buffer.from('debug') }))
    const part = await open(buildPe([...sections, ...more]))
    expect(part.cmdline).toBe('root=/dev/vda2 quiet')
    expect(part.details).toMatchObject({ profiles: '1' })
  })

  it('should not be taken for one without a kernel', async () => {
    expect(isUki(buildPe(sections.slice(0, 3)))).toBe(false)
    expect(isUki(kernel)).toBe(false)
    await expect(open(buildPe([{ name: '.linux', content: Buffer.from('text') }]))).rejects.toMatchObject({
      code: 'IMAGE_DAMAGED',
    })
  })

  it('should refuse sections that lead out of the file', async () => {
    const bytes = buildPe(sections)
    bytes.writeUInt32LE(0xfffffff0, 88 + 20)
    await expect(open(bytes)).rejects.toThrow(/a\.efi: expected \d+ bytes at byte 4294967280, found the end/)
  })
})
