import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRecords } from './find-records.ts'
import { recordText } from './record-file.ts'
import { sampleRecord } from './testing/sample-record.ts'

let folder: { path: string; cleanup: () => Promise<void> }
beforeEach(async () => {
  folder = await dir({ unsafeCleanup: true })
})
afterEach(() => folder.cleanup())

const put = async (path: string, text: string): Promise<string> => {
  const whole = join(folder.path, path)
  await mkdir(dirname(whole), { recursive: true })
  await writeFile(whole, text)
  return whole
}

const x64 = sampleRecord()
const arm = sampleRecord({ architecture: 'arm64' })

describe('findRecords', () => {
  it('should find every record of a folder, but none of a run that has not ended', async () => {
    await put('reports/demo/x86_64/record.json', recordText(x64))
    await put('reports/demo/arm64/record.json', recordText(arm))
    await put('reports/demo/.run-1-a/record.json', 'half')
    const found = await findRecords(folder.path)
    expect(found.map(({ record }) => record.architecture)).toEqual(['arm64', 'x86_64'])
    expect(found[1]?.path).toBe(join(folder.path, 'reports/demo/x86_64/record.json'))
  })

  it('should read a file of one record, and what --json prints for several', async () => {
    expect(await findRecords(await put('one.json', recordText(x64)))).toHaveLength(1)
    const both = await put('both.json', JSON.stringify([x64, arm]))
    expect((await findRecords(both)).map(({ record }) => record)).toEqual([x64, arm])
  })

  it('should say what is wrong with what is no record', async () => {
    const wrong = { blame: 'usage' }
    await expect(findRecords(folder.path)).rejects.toMatchObject({ ...wrong, code: 'NO_RECORD' })
    await expect(findRecords(join(folder.path, 'nothing'))).rejects.toMatchObject(wrong)
    await expect(findRecords(await put('a.json', '[{}]'))).rejects.toThrow(/a\.json\[0\]: expected/)
    await expect(findRecords(await put('b.json', '[{'))).rejects.toMatchObject({
      ...wrong,
      code: 'BAD_RECORD',
    })
  })
})
