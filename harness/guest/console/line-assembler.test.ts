import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineAssembler, maxLineLength } from './line-assembler.ts'

const assemble = (chunks: readonly Uint8Array[]): { lines: string[]; partial: string } => {
  const assembler = new LineAssembler()
  const lines: string[] = []
  for (const chunk of chunks) {
    assembler.push(chunk, (line) => lines.push(line))
  }
  return { lines, partial: assembler.partial }
}
const ofText = (text: string) => assemble([Buffer.from(text)])

describe('the line assembler', () => {
  it('should take every kind of line end', () => {
    expect(ofText('a\nb\r\nc\r\r\nd\re').lines).toEqual(['a', 'b', 'c', 'd'])
  })

  it('should keep empty lines', () => {
    expect(ofText('a\n\nb\r\n\r\nc\n').lines).toEqual(['a', '', 'b', '', 'c'])
  })

  it('should remove escape sequences', () => {
    expect(
      ofText(
        '\u001b[?2004h\u001b[0;31mred\u001b[0m \u001b]0;title\u0007x\u001b(By\u001bcz\u001b]0;t\u001b\\!',
      ).partial,
    ).toBe('red xyz!')
  })

  it('should not let an unfinished escape sequence swallow the log', () => {
    expect(ofText(`\u001b]0;${'x'.repeat(100)}\nnext\n`).lines).toContain('next')
    expect(ofText(`\u001b[${'1'.repeat(1000)}`).partial.length).toBeGreaterThan(500)
  })

  it('should cut a line that is too long', () => {
    const { lines, partial } = ofText('x'.repeat(2 * maxLineLength + 1))
    expect(lines.map(({ length }) => length)).toEqual([maxLineLength, maxLineLength])
    expect(partial).toBe('x')
  })

  it('should give the same lines however the bytes are cut, split characters and sequences included', () => {
    const piece = fc.constantFrom(
      'é',
      '漢',
      '😀',
      '\r',
      '\n',
      '\u001b',
      '[',
      '0',
      'm',
      ']',
      '\\',
      'x',
      ' ',
      '\u009b',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(200)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
        expect(assemble(chunks)).toEqual(assemble([bytes]))
      }),
    )
  })

  it('should take any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        for (const line of assemble([bytes]).lines) {
          expect(line).not.toMatch(/[\r\n\u001b]/)
        }
      }),
    )
  })
})
