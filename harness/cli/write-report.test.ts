import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { expect, it } from 'vitest'
import { writeRecord } from '../record/record-file.ts'
import { sampleRecord } from '../record/testing/sample-record.ts'
import { writeReports } from './write-report.ts'

it('should write one page beside the records of a target, with what twins proved', async () => {
  const { path: reports, cleanup } = await dir({ unsafeCleanup: true })
  try {
    const records = [sampleRecord(), sampleRecord({ architecture: 'arm64' })]
    for (const record of records) {
      await mkdir(join(reports, 'reference', record.architecture), { recursive: true })
      await writeRecord(join(reports, 'reference', record.architecture, 'record.json'), record)
    }
    await writeFile(join(reports, 'twins.json'), '{"checks":[{"id":"root.remount","caught":true}]}')
    const page = join(reports, 'reference', 'report.html')
    expect(await writeReports(records, reports)).toEqual([page])
    const text = await readFile(page, 'utf8')
    expect(text).toContain('proven: it fails on the twin tmpfs-root')
    expect(text).toMatch(/--arch x86_64 --case root\.remount/)
    const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(text) ?? []
    expect(policy).toMatch(/^default-src &#39;none&#39;; script-src &#39;sha256-\S+ .*style-src &#39;sha256-/)
    expect(policy).not.toContain('unsafe-inline')
    await writeFile(join(reports, 'twins.json'), 'no JSON')
    await writeReports(records, reports)
    expect(await readFile(page, 'utf8')).toContain('must fail on the twin tmpfs-root')
  } finally {
    await cleanup()
  }
})
