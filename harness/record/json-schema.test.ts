import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { verdicts } from '../rules/verdict.ts'
import { recordJsonSchema } from './json-schema.ts'
import { recordText } from './record-file.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(recordJsonSchema())

const problemsOf = (record: unknown): readonly unknown[] =>
  validate(JSON.parse(JSON.stringify(record))) ? [] : (validate.errors ?? [])

describe('recordJsonSchema', () => {
  it('should accept records as they are written, whatever their verdicts', () => {
    const checks = verdicts.map((verdict) => sampleCheck({ id: `root.${verdict}`, verdict }))
    expect(problemsOf(JSON.parse(recordText(sampleRecord({ checks }))))).toEqual([])
    expect(problemsOf({ ...sampleRecord(), added: 'by a newer version' })).toEqual([])
  })

  it.each([
    ['a verdict that is none', { checks: [{ ...sampleCheck(), verdict: 'passed' }] }],
    ['an architecture that is none', { architecture: 'vax' }],
    ['another version', { schema: 'drydock.record/2' }],
    ['a digest that is none', { image: { files: [{ role: 'kernel', path: '/k', sha256Before: 'x' }] } }],
  ])('should refuse %s', (_, change) => {
    expect(problemsOf({ ...sampleRecord(), ...change })).not.toEqual([])
  })

  it('should name its version', () => {
    expect(recordJsonSchema()).toMatchObject({ $id: 'urn:drydock:record:1' })
  })
})
