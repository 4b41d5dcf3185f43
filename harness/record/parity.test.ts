import { describe, expect, it } from 'vitest'
import { commonName, differencesBetween, withDifferences } from './parity.ts'
import type { RecordedCheck } from './record.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

const failing = (subjects: readonly string[], change: Partial<RecordedCheck> = {}): RecordedCheck =>
  sampleCheck({
    id: 'elf.relro',
    verdict: subjects.length === 0 ? 'pass' : 'fail',
    evidence: subjects.map((subject) => ({
      vantage: 'at-rest',
      source: subject,
      found: 'partial RELRO',
      subject,
    })),
    ...change,
  })

const between = (x86: RecordedCheck, arm: RecordedCheck) =>
  differencesBetween([
    sampleRecord({ architecture: 'arm64', checks: [arm] }),
    sampleRecord({ architecture: 'x86_64', checks: [x86] }),
  ])

describe('differencesBetween', () => {
  it('should find what fails on one architecture alone, with why it is accepted', () => {
    const waivers = [
      { reason: "Debian's arm64 build binds lazily", expires: '2027-06-30', at: 'policy.yml:3' },
    ]
    const arm = failing(['/usr/bin/containerd', '/usr/sbin/runc'], { verdict: 'waived', waivers })
    expect(between(failing(['/usr/sbin/runc']), arm)).toEqual([
      {
        check: 'elf.relro',
        subject: '/usr/bin/containerd',
        only: 'arm64',
        found: 'partial RELRO',
        accepted: "Debian's arm64 build binds lazily",
      },
    ])
  })

  it('should take one library in the folders of two architectures for one', () => {
    const x86 = failing(['/usr/lib/x86_64-linux-gnu/libz.so.1', '/usr/lib64/ld-linux-x86-64.so.2'])
    expect(
      between(x86, failing(['/usr/lib/aarch64-linux-gnu/libz.so.1', '/usr/lib/ld-linux-aarch64.so.1'])),
    ).toEqual([])
    expect(commonName('/usr/lib/x86_64-linux-gnu/libz.so.1')).toBe('/usr/lib/ARCH-linux-gnu/libz.so.1')
  })

  it('should compare neither other claims, nor what was not decided, nor what was cut', () => {
    const bad = failing(['/a'])
    expect(between(failing([], { id: 'root.remount' }), failing(['/a'], { id: 'root.remount' }))).toEqual([])
    expect(between(failing([], { verdict: 'inconclusive' }), bad)).toEqual([])
    expect(between(failing([], { evidenceOmitted: 3 }), bad)).toEqual([])
    expect(differencesBetween([sampleRecord({ checks: [bad] })])).toEqual([])
  })

  it('should go into both records, and into none where one architecture was judged alone', () => {
    const one = sampleRecord({ architecture: 'x86_64', checks: [failing(['/a'])] })
    const other = sampleRecord({ architecture: 'arm64', checks: [failing([])] })
    const both = withDifferences([one, other])
    expect(both.map(({ architecture }) => architecture)).toEqual(['x86_64', 'arm64'])
    for (const { differences } of both) expect(differences).toMatchObject([{ subject: '/a', only: 'x86_64' }])
    expect(withDifferences([one, { ...one, architecture: 'arm64' }])).toMatchObject([
      { differences: [] },
      { differences: [] },
    ])
    expect(withDifferences([one])).toMatchObject([{ differences: null }])
  })
})
