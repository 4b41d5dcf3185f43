import { verdicts } from '../../rules/verdict.ts'
import { type RecordedCheck, type RunRecord, recordSchemaId } from '../record.ts'

/** A check as it stands in a record, for tests. */
export const sampleCheck = (change: Partial<RecordedCheck> = {}): RecordedCheck => ({
  id: 'root.remount',
  title: 'root on the host cannot make the root file system writable',
  promise: 'P9',
  severity: 'critical',
  verdict: 'pass',
  reason: 'the attempt was refused, and the control allowed',
  vantages: ['inside'],
  evidence: [{ vantage: 'inside', source: 'remount / writable', found: 'refused with EROFS by mount' }],
  evidenceOmitted: 0,
  durationMs: 120,
  remedy: 'Have the root on a file system that cannot be written.',
  twins: ['tmpfs-root'],
  waivers: [],
  ...change,
})

/** A record for tests, consistent in itself: its summary follows from its checks. */
export const sampleRecord = (change: Partial<RunRecord> = {}): RunRecord => {
  const checks = change.checks ?? [sampleCheck()]
  return {
    schema: recordSchemaId,
    drydock: '0.1.0',
    target: 'reference',
    source: '/work/target.yml',
    architecture: 'x86_64',
    accelerator: { used: 'tcg', policy: 'prefer', reason: 'no /dev/kvm' },
    qemu: '7.2.22',
    cpu: 'max',
    firmware: null,
    kernel: '6.12.57-cloud-amd64',
    image: {
      files: [
        { role: 'kernel', path: '/work/kernel', sha256Before: 'a'.repeat(64), sha256After: 'a'.repeat(64) },
      ],
    },
    guests: { bootedAt: '2026-11-24T09:00:14.000Z', fromCache: false, notFrozen: null, frozen: null },
    policy: ['/work/moby.yml'],
    startedAt: '2026-11-24T09:00:00.000Z',
    durationMs: 95_400,
    waiverProblems: [],
    problems: [],
    timings: { kernel: 2600, login: 9000 },
    sections: {},
    differences: null,
    boots: [],
    console: 'console.log',
    command: ['check', '/work/target.yml'],
    ...change,
    checks,
    summary: Object.fromEntries(
      verdicts.map((verdict) => [verdict, checks.filter((check) => check.verdict === verdict).length]),
    ) as RunRecord['summary'],
  }
}
