import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { readRecord, writeRecord } from '../record/record-file.ts'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { writeReports } from './write-report.ts'

describe('writeReports', () => {
  it('should put what the architectures do not agree on into their records', async () => {
    await withDir(
      async ({ path }) => {
        const records = architectures.map((architecture) =>
          sampleRecord({
            architecture,
            target: 'image',
            checks: [
              sampleCheck({
                id: 'elf.relro',
                verdict: 'fail',
                evidence:
                  architecture === 'arm64'
                    ? [{ vantage: 'at-rest', source: 's', found: 'partial RELRO', subject: '/usr/bin/a' }]
                    : [],
              }),
            ],
          }),
        )
        const fileOf = (architecture: string): string => join(path, 'image', architecture, 'record.json')
        for (const record of records) {
          await mkdir(join(path, 'image', record.architecture), { recursive: true })
          await writeRecord(fileOf(record.architecture), record)
        }
        expect(await writeReports(records, path)).toEqual([join(path, 'image', 'report.html')])
        for (const architecture of architectures) {
          const { differences, checks } = await readRecord(fileOf(architecture))
          expect(differences).toMatchObject([{ check: 'elf.relro', subject: '/usr/bin/a', only: 'arm64' }])
          expect(checks).toHaveLength(1)
        }
      },
      { unsafeCleanup: true },
    )
  })
})
