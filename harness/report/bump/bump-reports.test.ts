import { describe, expect, it } from 'vitest'
import { bumpOf } from '../../record/bump/bump.ts'
import { loadBumpPolicy } from '../../record/bump/bump-policy.ts'
import { sampleCheck, sampleRecord } from '../../record/testing/sample-record.ts'
import { sampleSections } from '../../record/testing/sample-sections.ts'
import { bumpJson } from './bump-json.ts'
import { bumpMarkdown } from './bump-markdown.ts'
import { bumpText } from './bump-text.ts'

const hostile = '\u001b[2J| </details><script>alert(1)</script> [x](javascript:0) @everyone ::error::x'
const before = sampleRecord({ sections: sampleSections() })
const after = sampleRecord({ checks: [sampleCheck({ verdict: 'fail' })], sections: sampleSections() })
for (const rows of [after.sections.listeners?.rows ?? {}]) rows[hostile] = { by: hostile }
const bump = bumpOf([before], [after], await loadBumpPolicy(undefined, '2026-11-24'))

describe('bumpText', () => {
  it('should show regressions first, what they were, and a summary last', () => {
    const text = bumpText(bump, { width: 100, colours: false })
    expect(text).toContain('regressed: 1 checks\n    root.remount: pass -> fail')
    expect(text.trimEnd().split('\n').at(-1)).toBe('2 regressed, 0 improved, 0 changed, 0 new, 0 gone')
    expect(text).not.toContain('\u001b')
  })
})

describe('bumpMarkdown', () => {
  it('should let no byte of a guest become markup', () => {
    const text = bumpMarkdown(bump)
    expect(text).toContain('| checks | root.remount | pass &#45;&gt; fail |')
    for (const active of ['\u001b', '<script', '[x](', '@everyone', '::error', '</details><']) {
      expect(text).not.toContain(active)
    }
    // What came from the guest adds no column to any row.
    for (const row of text.split('\n').filter((line) => line.startsWith('|')))
      expect(row.split('|')).toHaveLength(5)
  })
})

describe('bumpJson', () => {
  it('should have every change, and which records were compared', () => {
    const value = JSON.parse(bumpJson(bump))
    expect(value).toMatchObject({ schema: 'drydock.bump/1', problems: [] })
    expect(value.comparisons[0]).toMatchObject({
      architecture: 'x86_64',
      before: { target: 'reference', kernel: '6.12.57-cloud-amd64', accelerator: 'tcg' },
      changes: [
        { category: 'checks', name: 'root.remount', kind: 'regressed' },
        { category: 'listeners', name: hostile, kind: 'regressed' },
      ],
    })
  })
})
