import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReportFolder, writingTo } from './report-folder.ts'

let folder: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterEach(() => cleanup())

const report = async (text: string): Promise<() => Promise<string>> => {
  const opened = await openReportFolder(join(folder, 'reference', 'x86_64'))
  await writeFile(join(opened.path, 'record.json'), text)
  await writeFile(join(opened.path, 'console.log'), text)
  return opened.publish
}
const published = (name: string) => readFile(join(folder, 'reference', 'x86_64', name), 'utf8')

describe('openReportFolder', () => {
  it('should show a report only once it is published', async () => {
    const publish = await report('first')
    await expect(published('record.json')).rejects.toThrow('ENOENT')
    await publish()
    expect(await published('record.json')).toBe('first')
  })

  it('should replace an older report whole', async () => {
    await (await report('first'))()
    await writeFile(join(folder, 'reference', 'x86_64', 'stale'), '')
    await (await report('second'))()
    expect(await readdir(join(folder, 'reference', 'x86_64'))).toEqual(['console.log', 'record.json'])
    expect(await readdir(join(folder, 'reference'))).toEqual(['x86_64'])
  })

  it('should leave one whole report where many runs publish at once', async () => {
    const publishers = await Promise.all(Array.from({ length: 12 }, (_, index) => report(`run ${index}`)))
    await Promise.all(publishers.map((publish) => publish()))
    expect(await published('record.json')).toBe(await published('console.log'))
    expect(await readdir(join(folder, 'reference'))).toEqual(['x86_64'])
  })

  it('should remove what a killed run left, and nothing of a run that lives', async () => {
    const noSuchPid = 4_194_304
    await mkdir(join(folder, 'reference', `.run-${noSuchPid}-abc`), { recursive: true })
    await mkdir(join(folder, 'reference', `.run-${process.pid}-abc`))
    await report('third')
    const names = await readdir(join(folder, 'reference'))
    expect(names).not.toContain(`.run-${noSuchPid}-abc`)
    expect(names).toContain(`.run-${process.pid}-abc`)
  })

  it('should say which folder cannot be written to, and what to do', async () => {
    await writeFile(join(folder, 'reference'), 'a file where a folder is wanted')
    await expect(report('x')).rejects.toThrow(/expected to write reports to .*\n.*--out/)
  })
})

describe('writingTo', () => {
  it('should say that the disk is full', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    await expect(writingTo('/reports', () => Promise.reject(full))).rejects.toMatchObject({
      code: 'REPORT_NOT_WRITTEN',
      blame: 'testbed',
      hint: expect.stringContaining('disk is full'),
    })
  })
})
