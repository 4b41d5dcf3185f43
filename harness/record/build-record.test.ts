import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import type { CheckId } from '../rules/catalogue.ts'
import type { CheckResult } from '../rules/evaluate.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import type { Evidence } from '../rules/verdict.ts'
import { buildRecord, type RunFacts } from './build-record.ts'
import { exitCodeOfRecords } from './exit-code.ts'
import { recordSchema } from './record.ts'

const policy = await loadPolicy()

const facts: RunFacts = {
  drydock: '0.1.0',
  target: { name: 'reference', source: '/t.yml' },
  architecture: 'arm64',
  policy,
  knownIds: ['elf.pie'],
  accelerator: { used: 'tcg', policy: 'prefer', reason: 'no KVM' },
  qemu: '7.2.22',
  cpu: 'max',
  guests: undefined,
  kernel: '6.12.57',
  files: [],
  startedAt: new Date('2026-11-24T09:00:00Z'),
  durationMs: 1234.5,
  timings: { kernel: 2300 },
  sections: {},
  boots: [],
  console: 'console.log',
  command: ['check', '/t.yml'],
  errors: [],
}

const result = (change: Partial<CheckResult> = {}): CheckResult => {
  const evidence = change.evidence ?? [{ vantage: 'at-rest', source: '/bin/a', found: 'pie' }]
  const verdict = change.verdict ?? 'pass'
  return {
    id: 'elf.pie' as CheckId,
    title: 'every program is PIE',
    promise: 'P6',
    severity: 'high',
    verdict,
    reason: 'all',
    vantages: ['at-rest'],
    evidence,
    durationMs: 5,
    remedy: 'Build with -fPIE.',
    twins: ['lax-binaries'],
    judgement: { verdict: verdict === 'waived' ? 'fail' : verdict, reason: 'all', evidence },
    waivers: [],
    ...change,
  }
}

describe('buildRecord', () => {
  it('should give a record that its own schema accepts, also where nothing was found out', () => {
    const full = buildRecord(facts, [result()])
    expect(recordSchema.parse(structuredClone(full))).toEqual(full)
    expect(full).toMatchObject({
      target: 'reference',
      kernel: '6.12.57',
      summary: { pass: 1, fail: 0 },
      durationMs: 1235,
    })
    const nothing = {
      accelerator: undefined,
      qemu: undefined,
      cpu: undefined,
      kernel: undefined,
      console: undefined,
    }
    const bare = buildRecord({ ...facts, ...nothing }, [])
    expect(recordSchema.parse(structuredClone(bare))).toEqual(bare)
    expect(bare).toMatchObject({ accelerator: null, kernel: null, console: null })
  })

  it('should keep what breaks the claim where there is too much evidence or it is too long', () => {
    const good = Array.from(
      { length: 500 },
      (_, i): Evidence => ({ vantage: 'at-rest', source: `/${i}`, found: 'ok' }),
    )
    const bad: Evidence = { vantage: 'at-rest', source: '/bad', found: 'x'.repeat(10_000), subject: '/bad' }
    const [check] = buildRecord(facts, [result({ verdict: 'fail', evidence: [...good, bad] })]).checks
    expect(check?.evidence).toHaveLength(200)
    expect(check?.evidenceOmitted).toBe(301)
    expect(check?.evidence[0]?.subject).toBe('/bad')
    expect(check?.evidence[0]?.found).toMatch(/^x{4000}… \(6000 more characters\)$/)
  })

  it('should record what went wrong with the run', () => {
    const panic = new DrydockError('kernel panic', { code: 'GUEST_PANIC', blame: 'guest', phase: 'kernel' })
    const record = buildRecord({ ...facts, errors: [panic, new TypeError('oops')] }, [])
    expect(record.problems).toEqual([
      { code: 'GUEST_PANIC', blame: 'guest', phase: 'kernel', message: '[kernel] kernel panic' },
      { code: 'UNEXPECTED', blame: 'testbed', phase: null, message: 'oops' },
    ])
  })

  it('should not let a changed image pass', () => {
    const file = { role: 'initrd', path: '/i', sha256Before: 'a'.repeat(64) }
    for (const sha256After of ['b'.repeat(64), null]) {
      const record = buildRecord({ ...facts, files: [{ ...file, sha256After }] }, [result()])
      expect(record.problems[0]).toMatchObject({ code: 'IMAGE_CHANGED' })
      expect(exitCodeOfRecords([record])).toBe(3)
    }
  })

  it('should record waivers that hold, and those that fail the run', () => {
    const waiver = {
      check: 'elf.pie',
      architecture: undefined,
      subjects: ['/bin/a'],
      reason: 'r',
      expires: '2027-01-01',
      file: '/p.yml',
      line: 4,
    }
    const waived = buildRecord({ ...facts, policy: { ...policy, waivers: [waiver] } }, [
      result({
        verdict: 'waived',
        evidence: [{ vantage: 'at-rest', source: '/bin/a', found: 'no', subject: '/bin/a' }],
        waivers: [waiver],
      }),
    ])
    expect(waived.waiverProblems).toEqual([])
    expect(waived.checks[0]?.waivers).toEqual([{ reason: 'r', expires: '2027-01-01', at: '/p.yml:4' }])
    expect(exitCodeOfRecords([waived])).toBe(0)
    const idle = buildRecord({ ...facts, policy: { ...policy, waivers: [waiver] } }, [result()])
    expect(idle.waiverProblems).toMatchObject([{ kind: 'not-needed', at: '/p.yml:4' }])
    expect(exitCodeOfRecords([idle])).toBe(1)
  })
})
