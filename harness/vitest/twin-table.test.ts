import { describe, expect, it } from 'vitest'
import { verdicts } from '../rules/verdict.ts'
import { proofOf, type TwinVerdict, twinRows } from './twin-table.ts'

const verdict = (
  architecture: TwinVerdict['architecture'],
  reference: TwinVerdict['reference'],
  onTwin: TwinVerdict['verdict'],
): TwinVerdict => ({ id: 'root.remount', twin: 'tmpfs-root', architecture, reference, verdict: onTwin })

describe('proofOf', () => {
  it('should take a check as proven only where it went from good to fail or disagree', () => {
    const proving = verdicts.flatMap((reference) =>
      verdicts
        .filter((twin) => proofOf({ reference, verdict: twin }) === 'proven')
        .map((twin) => `${reference} to ${twin}`),
    )
    expect(proving).toEqual([
      'pass to fail',
      'pass to disagree',
      'absent to fail',
      'absent to disagree',
      'not-applicable to fail',
      'not-applicable to disagree',
      'waived to fail',
      'waived to disagree',
    ])
  })

  it('should not take an error or an inconclusive verdict on the twin for a proof', () => {
    expect(proofOf({ reference: 'pass', verdict: 'error' })).toBe('survived')
    expect(proofOf({ reference: 'pass', verdict: 'inconclusive' })).toBe('survived')
  })

  it('should call it survival where a check excuses itself on the twin', () => {
    expect(proofOf({ reference: 'pass', verdict: 'not-applicable' })).toBe('survived')
    expect(proofOf({ reference: 'pass', verdict: undefined })).toBe('idle')
    expect(proofOf({ reference: 'not-applicable', verdict: 'pass' })).toBe('idle')
  })
})

describe('twinRows', () => {
  it('should put the architectures of a check and its twin side by side', () => {
    expect(twinRows([verdict('x86_64', 'pass', 'fail'), verdict('arm64', 'pass', 'disagree')])).toEqual([
      {
        id: 'root.remount',
        twin: 'tmpfs-root',
        x86_64: { reference: 'pass', twin: 'fail' },
        arm64: { reference: 'pass', twin: 'disagree' },
        caught: true,
      },
    ])
  })

  it('should call a twin caught where one architecture cannot have it', () => {
    const rows = twinRows([verdict('x86_64', 'pass', 'fail'), verdict('arm64', 'pass', undefined)])
    expect(rows).toMatchObject([{ arm64: { twin: 'not-applicable' }, caught: true }])
  })

  it('should not call a twin caught where it survives on one architecture, or is seen on none', () => {
    expect(twinRows([verdict('x86_64', 'pass', 'fail'), verdict('arm64', 'pass', 'pass')])).toMatchObject([
      { caught: false },
    ])
    expect(twinRows([verdict('x86_64', 'not-applicable', 'pass')])).toMatchObject([{ caught: false }])
  })
})
