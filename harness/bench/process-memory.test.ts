import { describe, expect, it } from 'vitest'
import { heldMemory, parseHeldMemory } from './process-memory.ts'

/** One mapping of smaps, in KiB. */
const mapping = (path: string, pss: number, anonymous: number): string =>
  [
    `7f00-7f10 rw-p 00000000 00:1a 42${path === '' ? '' : `                 ${path}`}`,
    'Rss:                 900 kB',
    `Pss:                 ${pss} kB`,
    'Pss_Dirty:            45 kB',
    `Anonymous:           ${anonymous} kB`,
    'VmFlags: rd wr mr',
  ].join('\n')

describe('parseHeldMemory', () => {
  it('should take the whole, and what a file has without the process', () => {
    const smaps = [
      mapping('/dev/shm/memory', 100, 30),
      mapping('/usr/bin/qemu', 7, 2),
      mapping('', 5, 5),
      mapping('/dev/shm/memory', 10, 0),
    ].join('\n')
    expect(parseHeldMemory(smaps, '/dev/shm/memory')).toEqual({ pssKiB: 122, ofFileKiB: 80 })
    expect(parseHeldMemory(smaps, '/dev/shm/other')).toEqual({ pssKiB: 122, ofFileKiB: 0 })
  })

  it('should refuse a text without it', () => {
    expect(() => parseHeldMemory('Pss_Dirty: 45 kB\n', '/x')).toThrow('Pss: N kB')
  })
})

describe('heldMemory', () => {
  it('should be some megabytes for this very process, its program a part of them', () => {
    const { pssKiB, ofFileKiB } = heldMemory(process.pid, process.execPath)
    expect(pssKiB).toBeGreaterThan(5 * 1024)
    expect(ofFileKiB).toBeGreaterThan(0)
    expect(ofFileKiB).toBeLessThan(pssKiB)
  })
})
