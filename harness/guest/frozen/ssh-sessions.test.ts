import { describe, expect, it } from 'vitest'
import { hasSshConnection } from './ssh-sessions.ts'

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const row = (local: string, state: string, inode: number): string =>
  `   0: ${local} 0202000A:D9A6 ${state} 00000000:00000000 02:000A1B2C 00000000     0        0 ${inode} 2 0000000000000000 20 4 30 10 -1`

describe('hasSshConnection', () => {
  it.each([
    ['an open one', [row('0F02000A:0016', '01', 12345)], true],
    ['one over IPv6', [row('0000000000000000FFFF00000F02000A:0016', '01', 5)], true],
    ['one whose peer has closed it', [row('0F02000A:0016', '08', 5)], true],
    ['nothing but the listener', [row('00000000:0016', '0A', 77)], false],
    ['one that no process has any more', [row('0F02000A:0016', '06', 0)], false],
    ['a connection to another port', [row('0F02000A:1F90', '01', 9)], false],
    ['words that are no table', ['No such file or directory', ''], false],
  ])('should know %s', (_name, rows, expected) => {
    expect(hasSshConnection([header, ...rows].join('\n'))).toBe(expected)
  })
})
