import { describe, expect, it } from 'vitest'
import { ledgerOf, vanished } from './ledger.ts'
import { sampleCheck, sampleRecord } from './testing/sample-record.ts'

describe('ledgerOf', () => {
  it('should hold what was decided, by architecture and kernel', () => {
    const record = sampleRecord({
      checks: [
        sampleCheck({ id: 'root.b', verdict: 'fail' }),
        sampleCheck({ id: 'root.a', verdict: 'absent' }),
        sampleCheck({ id: 'root.c', verdict: 'inconclusive' }),
        sampleCheck({ id: 'root.d', verdict: 'error' }),
      ],
    })
    expect(ledgerOf(record)).toEqual({
      architecture: 'x86_64',
      kernel: '6.12.57-cloud-amd64',
      ids: ['root.a', 'root.b'],
    })
  })
})

describe('vanished', () => {
  it('should name what is decided no longer, and not what is new', () => {
    const before = ledgerOf(
      sampleRecord({ checks: [sampleCheck({ id: 'root.a' }), sampleCheck({ id: 'root.b' })] }),
    )
    const after = ledgerOf(
      sampleRecord({
        checks: [
          sampleCheck({ id: 'root.a', verdict: 'inconclusive' }),
          sampleCheck({ id: 'root.b' }),
          sampleCheck({ id: 'root.c' }),
        ],
      }),
    )
    expect(vanished(before, after)).toEqual(['root.a'])
  })
})
