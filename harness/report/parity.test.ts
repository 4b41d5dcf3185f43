import { describe, expect, it } from 'vitest'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { parityReport } from './parity.ts'

const record = (architecture: 'x86_64' | 'arm64', subjects: readonly string[]) =>
  sampleRecord({
    architecture,
    checks: [
      sampleCheck({
        id: 'elf.pie',
        verdict: subjects.length === 0 ? 'pass' : 'fail',
        evidence: subjects.map((subject) => ({
          vantage: 'at-rest',
          source: subject,
          found: 'ET_EXEC',
          subject,
        })),
      }),
    ],
  })

const options = { width: 100, colours: false }

describe('parityReport', () => {
  it('should say what differs, and nothing where nothing does', () => {
    expect(parityReport([record('x86_64', []), record('arm64', ['/a\u001b[31m'])], options)).toMatch(
      /^only on arm64: elf\.pie: \/a.*: ET_EXEC \(not accepted by any waiver\)$/,
    )
    expect(parityReport([record('x86_64', []), record('arm64', ['/a\u001b[31m'])], options)).not.toContain(
      '\u001b',
    )
    expect(parityReport([record('x86_64', ['/a']), record('arm64', ['/a'])], options)).toBe('')
  })

  it('should count what is too much to show', () => {
    const many = Array.from({ length: 25 }, (_, index) => `/${index}`)
    expect(parityReport([record('x86_64', many), record('arm64', [])], options)).toContain(
      'and 5 more differences',
    )
  })
})
