import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameReader } from './frame.ts'
import { TextAssembly } from './text-assembly.ts'

const read = frameReader('0badcafe')

/** The lines that a guest sends for a text; `size` is that of the file, which may have had bytes that were not read. */
const sent = (text: string, size = text.length): string[] => {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const ended = lines.map((line, index) => `@@0badcafe;1;P;o;${index + 1};0;${line.length};${line}~`)
  const open = last === '' ? [] : [`@@0badcafe;1;P;o;${lines.length + 1};1;${last.length};${last}~`]
  return [...ended, ...open, `@@0badcafe;1;P;o;end;${ended.length + open.length};${size}~`]
}

const assembled = (transcript: string): string | undefined => {
  const assembly = new TextAssembly()
  for (const frame of transcript.split('\n').flatMap((line) => read(line).frames)) assembly.take(frame)
  return assembly.bytes()?.toString()
}

const printable = fc.string({ unit: fc.constantFrom(...'ab01 ;.@[]{}$%'), maxLength: 20 })
const texts = fc.array(printable, { minLength: 1, maxLength: 8 }).map((lines) => lines.join('\n'))

describe('the assembly of a text', () => {
  it('should give back what was sent', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(assembled(sent(text).join('\n'))).toBe(text)
      }),
    )
  })

  it('should be whole and right, or undefined, whatever tears its lines', () => {
    const tear = fc.record({
      at: fc.nat(400),
      text: fc.constantFrom('\n[    1.5] x\n', '\n', '[   2.5] y\n'),
    })
    fc.assert(
      fc.property(texts, fc.array(tear, { maxLength: 4 }), (text, tears) => {
        const torn = tears.reduce(
          (whole, { at, text: added }) => whole.slice(0, at) + added + whole.slice(at),
          sent(text).join('\n'),
        )
        expect([text, undefined]).toContain(assembled(torn))
      }),
    )
  })

  it('should notice bytes that the shell dropped, and lines that never came', () => {
    expect(assembled(sent('a\n', 3).join('\n'))).toBeUndefined()
    expect(assembled(sent('a\nb\n').slice(1).join('\n'))).toBeUndefined()
    expect(assembled('@@0badcafe;1;P;o;end;4000000000;0~')).toBeUndefined()
  })
})
