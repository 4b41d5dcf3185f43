import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cksum } from './cksum.ts'

const ofProgram = (bytes: Uint8Array): number =>
  Number(execFileSync('cksum', { input: bytes, encoding: 'utf8' }).split(' ')[0])

describe('cksum', () => {
  it('should agree with the program of that name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(cksum(bytes)).toBe(ofProgram(bytes))
      }),
      { numRuns: 20 },
    )
  })
})
