import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeFileAtomically } from './atomic-file.ts'

const temporaryDirectory = async (): Promise<string> => {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  onTestFinished(() => cleanup())
  return path
}

describe('writeFileAtomically', () => {
  it('should make folders, replace what was there, and leave nothing else', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a', 'b', 'record.json')
    await writeFileAtomically(path, 'one')
    await writeFileAtomically(path, Buffer.from('two'))
    expect(await readFile(path, 'utf8')).toBe('two')
    expect(await readdir(join(directory, 'a', 'b'))).toEqual(['record.json'])
  })

  it('should keep what was there where the disk is full, and blame the test bed', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'record.json')
    await writeFile(path, 'old')
    const toFullDisk = async (draft: string, content: string | Buffer) => {
      await writeFile(draft, 'part')
      await writeFile('/dev/full', content)
    }
    await expect(writeFileAtomically(path, 'newer', toFullDisk)).rejects.toMatchObject({
      shortMessage: `${path}: expected room for 5 bytes, found the disk full`,
      code: 'DISK_FULL',
      blame: 'testbed',
    })
    expect(await readdir(directory)).toEqual(['record.json'])
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  it('should say what stands in the way', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'folder'))
    await writeFile(join(directory, 'file'), '')
    await expect(writeFileAtomically(join(directory, 'folder'), 'x')).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
    })
    await expect(writeFileAtomically(join(directory, 'file', 'x'), 'x')).rejects.toMatchObject({
      blame: 'usage',
    })
    expect((await readdir(directory)).sort()).toEqual(['file', 'folder'])
  })

  it('should give one whole content where two write at once', async () => {
    const path = join(await temporaryDirectory(), 'record.json')
    const contents = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000))
    await Promise.all(contents.map((content) => writeFileAtomically(path, content)))
    expect(contents).toContain(await readFile(path, 'utf8'))
  })
})
