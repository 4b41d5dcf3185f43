import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMaps, writableExecutable } from './memory-maps.ts'

const maps = `55d0c8a00000-55d0c8a21000 r-xp 00000000 07:00 123                        /usr/bin/containerd
55d0c9000000-55d0c9001000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000001000 rwxp 00000000 00:00 0 
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`

describe('parseMaps', () => {
  it('should read addresses, permissions and names', () => {
    expect(parseMaps(maps)).toHaveLength(4)
    expect(parseMaps(maps)[0]).toEqual({
      start: 0x55d0c8a00000n,
      end: 0x55d0c8a21000n,
      permissions: 'r-xp',
      name: '/usr/bin/containerd',
    })
  })

  it('should never throw', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMaps(text))))
  })
})

describe('memory maps', () => {
  it('should find what is writable and executable', () => {
    expect(writableExecutable(parseMaps(maps)).map(({ start }) => start)).toEqual([0x7f0000000000n])
  })
})
