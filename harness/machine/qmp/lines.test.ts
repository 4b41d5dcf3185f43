import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './lines.ts'

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = []
  let start = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return [...chunks, bytes.subarray(start)]
}

describe('LineSplitter', () => {
  it('should give the same lines however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replace(/[\r\n]/g, '.'))
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 9 })), (lines, sizes) => {
        const splitter = new LineSplitter()
        const bytes = Buffer.from(lines.map((text) => `${text}\r\n`).join(''))
        const expected = lines.map((text) => text.trim()).filter((text) => text !== '')
        expect(cut(bytes, sizes).flatMap((chunk) => splitter.push(chunk))).toEqual(expected)
      }),
    )
  })

  it('should never keep more than its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
        const splitter = new LineSplitter(64)
        const longest = Math.max(
          ...Buffer.concat(chunks)
            .toString('latin1')
            .split('\n')
            .map(({ length }) => length),
        )
        const push = () => chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)))
        if (longest > 64) expect(push).toThrow(expect.objectContaining({ code: 'QMP_LINE_TOO_LONG' }))
        else expect(push).not.toThrow()
      }),
    )
  })
})
