import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../../common/errors.ts'
import { parseMessage } from './messages.ts'

const kindOf = (line: string): string => {
  try {
    return parseMessage(line).kind
  } catch (error) {
    if (error instanceof DrydockError) return error.code
    throw error
  }
}

describe('parseMessage', () => {
  it.each([
    [
      '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}',
      { kind: 'greeting', version: '7.2.22' },
    ],
    ['{"return": {}, "id": 3}', { kind: 'result', id: 3, value: {} }],
    [
      '{"id": 4, "error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}',
      { kind: 'error', id: 4, name: 'CommandNotFound', text: 'The command x has not been found' },
    ],
    [
      '{"timestamp": {"seconds": 1795510311, "microseconds": 354936}, "event": "RESUME"}',
      { kind: 'event', name: 'RESUME', data: undefined, timeMs: 1795510311354.936 },
    ],
  ])('should read what QEMU says: %s', (line, message) => {
    expect(parseMessage(line)).toEqual(message)
  })

  it.each(['', 'x', '[]', 'null', '{"id": 3}', '{"return": {}}', '{"event": "RESUME"}', '{"error": "x"}'])(
    'should refuse what QEMU never says: %s',
    (line) => {
      expect(() => parseMessage(line)).toThrow(expect.objectContaining({ code: 'QMP_GARBLED' }))
    },
  )

  it('should answer any text with a message or QMP_GARBLED', () => {
    const kinds = ['greeting', 'result', 'error', 'event', 'QMP_GARBLED']
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => kinds.includes(kindOf(line))))
  })

  it('should keep every result as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, id) => {
        const line = JSON.stringify({ return: value, id })
        expect(parseMessage(line)).toEqual({ kind: 'result', id, value: JSON.parse(line).return })
      }),
    )
  })
})
