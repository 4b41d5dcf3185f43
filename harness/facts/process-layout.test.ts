import { describe, expect, it } from 'vitest'
import { parseMaps } from './memory-maps.ts'
import { defaultLayout, partsAtDefault } from './process-layout.ts'

const fixed = {
  program: 0x555555554000n,
  loader: 0x7ffff7fff000n,
  heap: 0x555555556000n,
  stack: 0x7fffffffefb0n,
  vdso: 0x7ffff7ffb000n,
}
const layout = defaultLayout({ pageSize: 4096, random: [], fixed: [fixed] })

const maps = (program: string, libraryEnd: string, stackEnd: string) =>
  parseMaps(
    [
      `${program}-565555600000 r-xp 00000000 07:00 205 /usr/sbin/daemon`,
      `7f0000000000-${libraryEnd} rw-p 00000000 00:00 0 `,
      `7fffe0000000-7fffe0001000 r-xp 00000000 00:00 0 [vdso]`,
      `7ffff8000000-${stackEnd} rw-p 00000000 00:00 0 [stack]`,
    ].join('\n'),
  )

describe('partsAtDefault', () => {
  if (layout === undefined) throw new Error('expected a layout')

  it('should know where the kernel puts what it does not randomise', () => {
    expect(layout).toEqual({ program: 0x555555554000n, stackEnd: 0x7ffffffff000n, mapEnd: 0x7ffff8000000n })
    expect(defaultLayout({ pageSize: 4096, random: [], fixed: [] })).toBeUndefined()
  })

  it('should find all parts of a process that is not randomised', () => {
    const found = partsAtDefault(
      maps('555555554000', '7ffff7ffe000', '7ffffffff000'),
      '/usr/sbin/daemon',
      layout,
    )
    expect(found).toEqual(['program', 'stack', 'mappings'])
  })

  it('should know the base of a program that is aligned to more than a page', () => {
    const parts = (base: string) =>
      partsAtDefault(maps(base, '7f1000000000', '7ffffff00000'), '/usr/sbin/daemon', layout)
    expect(parts('555555400000')).toEqual(['program'])
    expect(parts('555555550000')).toEqual(['program'])
    expect(parts('555555553000')).toEqual([])
    expect(parts('555555555000')).toEqual([])
  })

  it('should find nothing in a process that is randomised, nor a program at a fixed address at fault', () => {
    expect(
      partsAtDefault(maps('55911fb7e000', '7fcdbe933000', '7ffef795a000'), '/usr/sbin/daemon', layout),
    ).toEqual([])
    expect(partsAtDefault(maps('555555554000', '7fcdbe933000', '7ffef795a000'), undefined, layout)).toEqual(
      [],
    )
  })
})
