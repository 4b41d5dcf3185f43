import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { githubAnnotations } from './github.ts'
import { gitlabReport } from './gitlab.ts'
import { markdownReport, markdownText } from './markdown.ts'
import { hostileText, recordsWith } from './testing/hostile-records.ts'

const failing = sampleCheck({
  verdict: 'fail',
  reason: 'remounted\n::error::x, 100%',
  evidence: [{ vantage: 'inside', source: '/', found: '<img src=x>|', subject: '/' }],
})

describe('githubAnnotations', () => {
  it('should have one command per failure, with text as data in it', () => {
    expect(githubAnnotations([sampleRecord({ checks: [failing, sampleCheck({ id: 'root.create' })] })])).toBe(
      '::error title=root.remount on x86_64::reference: fail: remounted \\x3a:error\\x3a:x, 100%25\n',
    )
  })

  it('should never let a text become a command or a property', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), (records) => {
        const text = githubAnnotations(records)
        const lines = text.split('\n').slice(0, -1)
        expect(lines.length).toBeLessThanOrEqual(10)
        for (const line of lines) {
          expect(line).toMatch(/^::error title=[^:,]*::/)
          expect(line.replace(/^::error title=/, '')).not.toMatch(/##\[|##vso|##teamcity/)
        }
      }),
    )
  })
})

describe('markdownReport', () => {
  it('should tell what was not passed, how to mend it and how to repeat it', () => {
    const text = markdownReport([sampleRecord({ checks: [failing] })])
    expect(text).toContain('## ❌ reference')
    expect(text).toContain('`root.remount` on x86_64')
    expect(text).toContain('to mend it')
    expect(text).toContain('check /work/target')
  })

  it('should show text as text', () => {
    expect(markdownText('<b>@you [x](y) `z` | # $')).toBe(
      '&#60;b&#62;&#64;you &#91;x&#93;&#40;y&#41; &#96;z&#96; &#124; &#35; &#36;',
    )
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(markdownText(text)).not.toMatch(/[<>|`*[\]()@:\n\r]|&(?!#\d+;)/)
      }),
    )
  })

  it('should have no line that continuous integration obeys, whatever the records hold', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), (records) => {
        expect(markdownReport(records)).not.toMatch(
          /^\s*::[a-z]|##\[|##vso|##teamcity|<(?!\/?(?:details|summary|pre)>)/m,
        )
      }),
    )
  })
})

describe('gitlabReport', () => {
  it('should have an issue for what was not passed, each with a fingerprint of its own', () => {
    const checks = [
      failing,
      sampleCheck({ ...failing, id: 'root.create' }),
      sampleCheck({ id: 'root.device' }),
    ]
    const issues: { check_name: string; fingerprint: string; severity: string }[] = JSON.parse(
      gitlabReport([sampleRecord({ checks })]),
    )
    expect(issues.map(({ check_name, severity }) => [check_name, severity])).toEqual([
      ['root.remount', 'blocker'],
      ['root.create', 'blocker'],
    ])
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(2)
  })
})
