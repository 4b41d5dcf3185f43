import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMemoryMapping } from './process-memory.ts'

const mebibyte = 0x10_0000

const maps = [
  '55d0c0000000-55d0c0100000 r-xp 00000000 fe:00 1200 /usr/bin/qemu-system-x86_64',
  '55d0c0200000-55d0c0300000 rw-p 00000000 fe:00 1201 /usr/lib/x86_64-linux-gnu/libc.so.6',
  '7f0000000000-7f0000100000 rw-p 00000000 00:17 42 /dev/shm/drydock/frozen-memory (deleted)',
  '7f0000100000-7f0000400000 rw-p 00100000 00:17 42 /dev/shm/drydock/frozen-memory (deleted)',
  '7f0001000000-7f0001400000 rw-p 00000000 00:00 0 ',
  '7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]',
  '',
].join('\n')

describe('findMemoryMapping', () => {
  it('should find the one file that is mapped with just that size, in pieces or not', () => {
    expect(findMemoryMapping(maps, 4 * mebibyte)).toEqual([
      { file: '00:17 42', address: 0x7f00_0000_0000, size: mebibyte, fileOffset: 0 },
      { file: '00:17 42', address: 0x7f00_0010_0000, size: 3 * mebibyte, fileOffset: mebibyte },
    ])
    expect(findMemoryMapping(maps, mebibyte)).toMatchObject([{ file: 'fe:00 1201' }])
  })

  it('should find none where sizes differ, a piece is missing, or two files would do', () => {
    expect(findMemoryMapping(maps, 3 * mebibyte)).toBeUndefined()
    expect(findMemoryMapping(maps.replace('rw-p 00100000', 'rw-p 00200000'), 4 * mebibyte)).toBeUndefined()
    expect(
      findMemoryMapping(`${maps}${maps.replaceAll('00:17 42', '00:17 43')}`, 4 * mebibyte),
    ).toBeUndefined()
  })

  it('should bear any text', () => {
    const word = fc.constantFrom('7f0000000000', '-', ' rw-p ', '00000000 ', '00:17 ', '42 ', '\n', 'x')
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const found = findMemoryMapping(words.join(''), mebibyte)
        expect(found === undefined || found.length > 0).toBe(true)
      }),
    )
  })
})
