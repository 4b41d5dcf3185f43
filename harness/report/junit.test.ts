import fc from 'fast-check'
import { parse as readJunit } from 'junit2json'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../record/record.ts'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { verdicts } from '../rules/verdict.ts'
import { junitReport } from './junit.ts'
import { hostileText, recordsWith } from './testing/hostile-records.ts'

interface Opened {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Reads XML with a parser that refuses what is not well-formed; gives the elements in document order. */
const parse = (xml: string): readonly Opened[] => {
  const opened: Opened[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) =>
    opened.push({ name, attributes: attributes as Opened['attributes'] }),
  )
  parser.write(xml).close()
  return opened
}

const inside = (records: readonly RunRecord[], name: string) =>
  parse(junitReport(records)).filter((opened) => opened.name === name)

describe('junitReport', () => {
  it('should map each verdict to what readers of JUnit know', () => {
    const checks = verdicts.map((verdict) => sampleCheck({ id: `root.${verdict}`, verdict, reason: 'so' }))
    const records = [sampleRecord({ checks })]
    expect(inside(records, 'failure').map(({ attributes }) => attributes)).toEqual([
      { type: 'fail', message: 'fail: so' },
      { type: 'inconclusive', message: 'inconclusive: so' },
      { type: 'disagree', message: 'disagree: so' },
    ])
    expect(inside(records, 'skipped').map(({ attributes }) => attributes.message)).toEqual([
      'not-applicable: so',
      'waived: so',
    ])
    expect(inside(records, 'error').map(({ attributes }) => attributes.type)).toEqual(['error'])
    expect(inside(records, 'testsuite')[0]?.attributes).toMatchObject({
      name: 'reference x86_64',
      tests: '8',
      failures: '3',
      errors: '1',
      skipped: '2',
      time: '95.400',
      timestamp: '2026-11-24T09:00:00.000Z',
    })
    expect(inside(records, 'testcase')[0]?.attributes.classname).toBe('reference.x86_64.P9')
  })

  it('should not stay green where the run or a waiver is at fault', () => {
    const records = [
      sampleRecord({
        checks: [],
        problems: [{ code: 'GUEST_PANIC', blame: 'guest', phase: 'kernel', message: 'died' }],
        waiverProblems: [{ kind: 'expired', check: 'a.b', at: 'p.yml:3', message: 'expired' }],
      }),
    ]
    expect(inside(records, 'testsuites')[0]?.attributes).toMatchObject({
      tests: '2',
      failures: '1',
      errors: '1',
    })
  })

  it('should be read by a reader of JUnit, a suite per architecture with its properties', async () => {
    const checks = verdicts.map((verdict) => sampleCheck({ id: `root.${verdict}`, verdict, reason: 'so' }))
    const records = [sampleRecord({ checks }), sampleRecord({ architecture: 'arm64' })]
    const read = await readJunit(junitReport(records))
    const suites = read !== null && read !== undefined && 'testsuite' in read ? (read.testsuite ?? []) : []
    expect(suites.map((suite) => 'name' in suite && suite.name)).toEqual([
      'reference x86_64',
      'reference arm64',
    ])
    expect(suites[0]).toMatchObject({
      tests: 8,
      failures: 3,
      errors: 1,
      skipped: 2,
      properties: expect.arrayContaining([{ name: 'qemu', value: '7.2.22' }]),
    })
  })

  it('should be well-formed XML 1.0 with one test case per check, whatever the records hold', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), (records) => {
        const xml = junitReport(records)
        const opened = parse(xml)
        const expected = records.flatMap(({ checks, problems, waiverProblems }) => [
          ...checks,
          ...problems,
          ...waiverProblems,
        ])
        expect(opened.filter(({ name }) => name === 'testcase')).toHaveLength(expected.length)
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
        expect(xml.isWellFormed()).toBe(true)
      }),
    )
  })
})
