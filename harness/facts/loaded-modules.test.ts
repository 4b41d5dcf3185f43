import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLoadedModules } from './loaded-modules.ts'

describe('loaded modules', () => {
  it('should be read with the taints that they brought', () => {
    const text = `virtio_net 94208 0 - Live 0x0000000000000000
net_failover 20480 1 virtio_net, Live 0xffffffffc0000000
zfs 4603904 6 - Live 0x0000000000000000 (POE)
late 16384 - - Loading 0x0000000000000000 (E+)
`
    expect(readLoadedModules(text)).toEqual([
      { name: 'virtio_net', taints: '' },
      { name: 'net_failover', taints: '' },
      { name: 'zfs', taints: 'POE' },
      { name: 'late', taints: 'E' },
    ])
    expect(readLoadedModules('')).toEqual([])
  })

  it('should not pass over a line that it does not understand', () => {
    expect(readLoadedModules('virtio_net 94208')).toBeUndefined()
    fc.assert(
      fc.property(fc.string(), (text) => {
        const lines = text.split('\n').filter((row) => row.trim() !== '').length
        expect([undefined, lines]).toContain(readLoadedModules(text)?.length)
      }),
    )
  })
})
