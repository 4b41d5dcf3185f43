import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../../common/errors.ts'
import { parseForwardedPort } from './forwarded-port.ts'

const answer = (port: number) =>
  [
    'Hub -1 (net):',
    '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
    `  TCP[HOST_FORWARD]  14       127.0.0.1 ${port}       10.0.2.15    22     0     0`,
    '',
  ].join('\r\n')

describe('parseForwardedPort', () => {
  it('should read the port of every answer of QEMU 7.2', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => parseForwardedPort(answer(port)) === port),
    )
  })

  it('should refuse any other answer', () => {
    expect(() => parseForwardedPort(answer(65_536))).toThrow(
      expect.objectContaining({ code: 'NO_FORWARDED_PORT' }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseForwardedPort(text)).toThrow(DrydockError)
      }),
    )
  })
})
