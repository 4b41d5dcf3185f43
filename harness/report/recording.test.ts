import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf, parseRecording } from './recording.ts'
import { hostileText } from './testing/hostile-records.ts'

const cast = (...events: readonly unknown[]): string =>
  [{ version: 2, width: 120, height: 40 }, ...events].map((line) => JSON.stringify(line)).join('\n')

describe('parseRecording', () => {
  it('should put bytes together that came at once, and keep marks apart', () => {
    expect(
      parseRecording(cast([0.1, 'm', 'kernel'], [1, 'o', 'a'], [1.001, 'o', 'b'], [2, 'o', 'c'])),
    ).toEqual({
      columns: 120,
      rows: 40,
      events: [
        [0.1, 'm', 'kernel'],
        [1, 'o', 'ab'],
        [2, 'o', 'c'],
      ],
      cut: undefined,
    })
  })

  it('should keep what is whole of a recording that breaks off', () => {
    const text = `${cast([1, 'o', 'whole'])}\n[2,"o","ha`
    expect(parseRecording(text)).toMatchObject({ events: [[1, 'o', 'whole']], cut: expect.any(String) })
  })

  it('should take any text without failing, and nothing else for a recording', () => {
    fc.assert(fc.property(hostileText, (text) => parseRecording(text) === undefined))
    fc.assert(
      fc.property(fc.array(hostileText), (texts) => {
        const recording = parseRecording(cast(...texts.map((text, second) => [second, 'o', text])))
        expect(recording?.events.map(([, , text]) => text).join('')).toBe(texts.join(''))
      }),
    )
  })
})

describe('linesOf', () => {
  it('should give lines over the edges of events, without what a terminal obeys', () => {
    const recording = parseRecording(
      cast([1, 'o', 'one\r\ntw'], [2, 'o', '\u001b[31mo\u001b[0m\n'], [3, 'o', '\u001b]0;title\u0007end']),
    )
    expect(recording === undefined ? [] : linesOf(recording)).toEqual([
      { at: 1, text: 'one' },
      { at: 2, text: 'two' },
      { at: 3, text: 'end' },
    ])
  })
})
