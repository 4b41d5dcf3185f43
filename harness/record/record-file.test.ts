import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { dir } from 'tmp-promise'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseRecord, readRecord, recordText, writeRecord } from './record-file.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

const temporaryDirectory = async (): Promise<string> => {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  onTestFinished(() => cleanup())
  return path
}

describe('records as files', () => {
  it('should be read as they were written', async () => {
    const path = join(await temporaryDirectory(), 'reference', 'x86_64', 'record.json')
    const record = sampleRecord()
    await writeRecord(path, record)
    expect(await readRecord(path)).toEqual(record)
    expect(await readdir(join(path, '..'))).toEqual(['record.json'])
  })

  it('should carry any bytes of a guest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (found) => {
        const record = sampleRecord({
          checks: [sampleCheck({ evidence: [{ vantage: 'inside', source: found, found }] })],
        })
        expect(parseRecord(recordText(record), 'r').checks[0]?.evidence[0]?.found).toBe(found)
      }),
    )
  })

  it('should accept keys that newer versions add', () => {
    const newer = { ...sampleRecord(), invented: true }
    expect(parseRecord(JSON.stringify(newer), 'r.json')).toEqual(sampleRecord())
  })

  it.each([
    ['', /^r\.json: expected a record as JSON, found /],
    ['[]', 'r.json: expected a mapping, found an empty list'],
    [
      JSON.stringify({ ...sampleRecord(), schema: 'drydock.record/2' }),
      'r.json: expected "drydock.record/1" at schema, found "drydock.record/2"',
    ],
    [
      JSON.stringify({ ...sampleRecord(), architecture: 'riscv64' }),
      'r.json: expected one of "x86_64", "arm64" at architecture, found "riscv64"',
    ],
    [
      JSON.stringify({ ...sampleRecord(), checks: [{ ...sampleCheck(), verdict: 'ok' }] }),
      /^r\.json: expected one of "pass", .* at checks\.0\.verdict, found "ok"$/,
    ],
    [
      JSON.stringify({ ...sampleRecord(), checks: [{ ...sampleCheck(), promise: 'P99' }] }),
      'r.json: expected a promise, P1 to P20 at checks.0.promise, found "P99"',
    ],
    [JSON.stringify({ ...sampleRecord(), summary: {} }), /^r\.json: expected .* at summary/],
  ])('should say what is wrong with record %#', (text, message) => {
    expect(() => parseRecord(text, 'r.json')).toThrow(message)
  })

  it('should say where there is none', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'half.json'), recordText(sampleRecord()).slice(0, 200))
    await expect(readRecord(join(directory, 'half.json'))).rejects.toMatchObject({
      code: 'BAD_RECORD',
      blame: 'usage',
    })
    await expect(readRecord(join(directory, 'none.json'))).rejects.toThrow(/expected a record, found ENOENT/)
  })
})
