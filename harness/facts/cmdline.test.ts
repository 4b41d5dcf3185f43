import { describe, expect, it } from 'vitest'
import { givenCmdline, hasParameter, parseCmdline } from './cmdline.ts'

describe('parseCmdline', () => {
  it('should split at blanks outside quotes and stop at init arguments', () => {
    expect(parseCmdline('ro  dyndbg="file a.c +p" slab-nomerge a=b=c -- single')).toEqual([
      { name: 'ro', value: undefined },
      { name: 'dyndbg', value: 'file a.c +p' },
      { name: 'slab_nomerge', value: undefined },
      { name: 'a', value: 'b=c' },
    ])
  })

  it('should find nothing in an empty line', () => {
    expect(parseCmdline(' \n')).toEqual([])
  })
})

describe('hasParameter', () => {
  it('should go by the last occurrence of a name', () => {
    const parameters = parseCmdline('init_on_alloc=1 init_on_alloc=0 slab_nomerge')
    expect(hasParameter(parameters, 'init_on_alloc=1')).toBe(false)
    expect(hasParameter(parameters, 'init_on_alloc=0')).toBe(true)
    expect(hasParameter(parameters, 'slab_nomerge')).toBe(true)
    expect(hasParameter(parameters, 'slab_nomerge=1')).toBe(false)
  })
})

describe('givenCmdline', () => {
  it('should be the target’s, with what UEFI firmware adds to it', () => {
    const cmdline = ' console=ttyS0 '
    expect(givenCmdline({ cmdline, firmware: 'none', initrd: '/initrd' })).toBe('console=ttyS0')
    expect(givenCmdline({ cmdline, firmware: 'uefi', initrd: undefined })).toBe('console=ttyS0')
    expect(givenCmdline({ cmdline, firmware: 'uefi', initrd: '/initrd' })).toBe('console=ttyS0 initrd=initrd')
    expect(givenCmdline({ cmdline: '', firmware: 'uefi', initrd: '/initrd' })).toBe('initrd=initrd')
  })
})
