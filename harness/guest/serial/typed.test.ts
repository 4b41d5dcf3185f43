import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeBytes, escapeScript, typedPieces } from './typed.ts'

describe('text for a typed line', () => {
  it('should come back from printf %b byte by byte, quoted in single quotes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const script = `printf %b '${escapeBytes(bytes)}'`
        expect(execFileSync('sh', ['-c', script])).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 20 },
    )
  })

  it('should be cut into pieces that fit on a line and never within an escape', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
        const text = escapeBytes(bytes)
        const pieces = typedPieces(text)
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(3500)
          expect(piece).not.toMatch(/\\(?:0[0-7]{0,2})?$/)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('should refuse a script that cannot be typed', () => {
    expect(() => escapeScript('a\0b')).toThrow(/NUL/)
    expect(() => escapeScript('x'.repeat(200_000))).toThrow(/at most 100000 fit/)
  })
})
