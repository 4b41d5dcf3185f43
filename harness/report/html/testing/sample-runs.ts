import type { RecordedCheck } from '../../../record/record.ts'
import { sampleCheck, sampleRecord } from '../../../record/testing/sample-record.ts'
import { type PromiseId, promises } from '../../../rules/promises.ts'
import { verdicts } from '../../../rules/verdict.ts'
import { type ConsoleRecording, parseRecording } from '../../recording.ts'
import type { Run } from '../../run.ts'

/** A console that says these lines, a second apart. */
export const recordingOf = (lines: readonly string[]): ConsoleRecording | undefined =>
  parseRecording(
    [
      { version: 2, width: 80, height: 24 },
      [0, 'm', 'kernel'],
      ...lines.map((line, second) => [second + 1, 'o', `${line}\r\n`]),
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  )

const ids = Object.keys(promises) as PromiseId[]

/** Checks of every promise and every verdict. */
export const variedChecks = (count: number): readonly RecordedCheck[] =>
  Array.from({ length: count }, (_, index) => {
    const verdict = index % 40 === 0 ? (verdicts[(index / 40) % verdicts.length] ?? 'pass') : 'pass'
    return sampleCheck({
      id: `sample.check-${index}`,
      title: `claim ${index} of what a good image has and a bad one has not`,
      promise: ids[index % ids.length] ?? 'P1',
      verdict,
      evidence: Array.from({ length: 4 }, (__, piece) => ({
        vantage: 'inside' as const,
        source: `/proc/sys/kernel/setting-${piece}`,
        found: `value ${piece} of ${index}`,
        ...(verdict === 'fail' && piece === 0 ? { subject: `setting-${piece}` } : {}),
      })),
      waivers:
        verdict === 'waived' ? [{ reason: 'known', expires: '2027-01-01', at: '/work/policy.yml:3' }] : [],
    })
  })

/** Two runs of one image with all that a page shows. */
export const sampleRuns = (checks: readonly RecordedCheck[]): readonly Run[] =>
  (['x86_64', 'arm64'] as const).map((architecture) => ({
    record: sampleRecord({
      architecture,
      checks: [...checks],
      guests: { bootedAt: '2026-11-24T09:00:14.000Z', fromCache: false, notFrozen: null, frozen: 'f00d' },
      timings: { prepare: 200, firmware: 1400, kernel: 2600, init: 9000, login: 20 },
      sections: {
        'kernel-options': {
          source: '/boot/config',
          problem: null,
          rows: {
            CONFIG_KEXEC: { value: architecture === 'arm64' ? 'y' : 'n' },
            CONFIG_MODULES: { value: 'y' },
          },
        },
        binaries: {
          source: '2 files of the image',
          problem: '/bin/bad: damaged',
          rows: { '/bin/init': { type: 'pie', relro: 'full' } },
        },
      },
    }),
    recording: recordingOf([
      '[    0.000000] Linux version 6.12.57-cloud',
      '[    1.000000] Run /init as init process',
    ]),
  }))
