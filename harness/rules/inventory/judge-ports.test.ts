import { describe, expect, it } from 'vitest'
import { judgePorts, type PortQuestion, reachablePorts } from './judge-ports.ts'

const ask = (scan: Partial<PortQuestion['scan']>, more: Partial<PortQuestion> = {}) =>
  judgePorts({
    scan: { answering: [], refusing: [23], silent: [], problems: [], ...scan },
    inside: new Set([22, 80]),
    listed: new Set([22]),
    ...more,
  })

describe('judgePorts', () => {
  it('should pass where what answers is listed and owned up to', () => {
    expect(ask({ answering: [22] }).verdict).toBe('pass')
    expect(ask({}, { listed: new Set() }).verdict).toBe('pass')
  })

  it('should fail for a port that is not listed', () => {
    const judgement = ask({ answering: [22, 80] })
    expect(judgement.verdict).toBe('fail')
    expect(judgement.evidence.flatMap(({ subject }) => subject ?? [])).toEqual(['tcp port 80'])
  })

  it('should disagree where the guest does not own up to a port', () => {
    const judgement = ask({ answering: [22, 31337] })
    expect(judgement.verdict).toBe('disagree')
    expect(judgement.evidence[0]).toMatchObject({ subject: 'tcp port 31337' })
  })

  it('should fail for a listed port that does not answer', () => {
    expect(ask({ refusing: [22] })).toMatchObject({ verdict: 'fail', reason: 'listed and not answering: 22' })
  })

  it.each([
    ['nothing answers or refuses', ask({ refusing: [], silent: [22] })],
    ['ports could not be tried', ask({ answering: [22], problems: ['port 1: busy'] })],
    ['nobody has listed any', ask({ answering: [22] }, { listed: undefined })],
  ])('should be inconclusive where %s', (_, judgement) => {
    expect(judgement.verdict).toBe('inconclusive')
  })
})

describe('reachablePorts', () => {
  it("should take TCP ports of the host's network, and not those of loopback or of containers", () => {
    const names = [
      'tcp 0.0.0.0:22',
      'tcp6 [::]:80',
      'tcp 127.0.0.1:5000',
      'tcp6 [0:0:0:0:0:0:0:1]:6000',
      'udp 0.0.0.0:68',
      'web:tcp6 [::]:8080',
    ]
    expect([...reachablePorts(names)]).toEqual([22, 80])
  })
})
