import { describe, expect, it } from 'vitest'
import type { Traffic } from '../facts/boot-traffic.ts'
import { judgeTraffic } from './judge-traffic.ts'

const traffic = (sent: readonly [string, string | undefined, boolean?][], more: Partial<Traffic> = {}) => [
  {
    boot: 'boot 1',
    value: {
      sent: sent.map(([protocol, to, answer = false]) => ({ protocol, to, answer, packets: 2, bytes: 100 })),
      ...{ fromPowerOn: true, complete: true, ...more },
    },
  },
]

describe('judgeTraffic', () => {
  const sends = { dhcp: 'asks for its address', 'ntp 10.0.0.1:123': 'the clock' }

  it('should let pass what the policy lists, by protocol or by address', () => {
    const boots = traffic([
      ['dhcp', '255.255.255.255:67'],
      ['ntp', '10.0.0.1:123'],
      ['tcp', '10.0.2.2:40000', true],
    ])
    expect(judgeTraffic(boots, sends).verdict).toBe('pass')
  })

  it('should fail on what it does not list', () => {
    const boots = traffic([
      ['dhcp', '255.255.255.255:67'],
      ['ntp', '10.0.0.2:123'],
    ])
    expect(judgeTraffic(boots, sends)).toMatchObject({
      verdict: 'fail',
      evidence: [{ subject: 'ntp 10.0.0.2:123' }, {}],
    })
  })

  it('should tell silence from what was not seen', () => {
    expect(judgeTraffic(traffic([]), sends).verdict).toBe('absent')
    expect(judgeTraffic(traffic([], { fromPowerOn: false }), sends).verdict).toBe('inconclusive')
    expect(judgeTraffic(traffic([['dhcp', undefined]], { complete: false }), sends).verdict).toBe(
      'inconclusive',
    )
  })
})
