import { describe, expect, it } from 'vitest'
import { decodeFileCapabilities, privilegesOf } from './file-capabilities.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('decodeFileCapabilities', () => {
  it.each([
    // What `setcap cap_net_raw=ep` writes, then the older and the newer form.
    ['01000002 00200000 00000000 00000000 00000000', ['CAP_NET_RAW'], [], true, undefined],
    ['00000001 00200000 00040000', ['CAP_NET_RAW'], ['CAP_NET_BIND_SERVICE'], false, undefined],
    ['01000003 00000000 00000000 80000000 00000000 a0860100', ['CAP_BPF'], [], true, 100_000],
  ])('should decode %s', (hex, permitted, inheritable, effective, rootUid) => {
    expect(decodeFileCapabilities(bytes(hex))).toEqual({ permitted, inheritable, effective, rootUid })
  })

  it.each(['', '0100', '01000002 00200000', '01000004 00200000 00000000 00000000 00000000'])(
    'should not take "%s"',
    (hex) => {
      expect(decodeFileCapabilities(bytes(hex))).toBeUndefined()
    },
  )
})

describe('privilegesOf', () => {
  it('should name every way in which a file raises privileges', () => {
    const attribute = bytes('01000002 00300000 00000000 00000000 00000000')
    const xattrs = new Map([['security.capability', attribute]])
    expect(privilegesOf({ mode: 0o6755, xattrs })).toEqual(['setuid', 'setgid', 'CAP_NET_ADMIN CAP_NET_RAW'])
    expect(privilegesOf({ mode: 0o1755, xattrs: new Map() })).toEqual([])
  })
})
