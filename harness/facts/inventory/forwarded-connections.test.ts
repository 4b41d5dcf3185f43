import { describe, expect, it } from 'vitest'
import { answerOf, parseForwarded } from './forwarded-connections.ts'

const answer = `Hub -1 (net):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[TIME_WAIT]    180       127.0.0.1 33471       10.0.2.15  8081     0     0
  TCP[SYN_SENT]     324       127.0.0.1 35241       10.0.2.15    25     0     0
  TCP[HOST_FORWARD]  20       127.0.0.1 37907       10.0.2.15    22     0     0
  UDP[236 sec]       21       10.0.2.15 68          10.0.2.2     67     0     0
`

describe('forwarded connections', () => {
  it("should be read from QEMU's words", () => {
    expect(parseForwarded(answer)).toEqual([
      { state: 'TIME_WAIT', hostPort: 33471, guestPort: 8081 },
      { state: 'SYN_SENT', hostPort: 35241, guestPort: 25 },
      { state: 'HOST_FORWARD', hostPort: 37907, guestPort: 22 },
    ])
    expect(parseForwarded('')).toEqual([])
  })

  it('should count as taken even where they are over, and as refused only where they are over', () => {
    const forwarded = parseForwarded(answer)
    expect(answerOf(forwarded, 8081, true)).toBe(true)
    expect(answerOf(forwarded, 25, false)).toBeUndefined()
    expect(answerOf(forwarded, 25, true)).toBe(false)
    expect(answerOf(forwarded, 22, false)).toBeUndefined()
  })
})
