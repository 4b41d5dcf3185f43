import { describe, expect, it } from 'vitest'
import { hasParameter, parseCmdline, withoutLoaderWords } from './cmdline.ts'

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

describe('withoutLoaderWords', () => {
  it.each([
    [' console=ttyS0\n', 'console=ttyS0'],
    ['console=ttyS0 initrd=initrd', 'console=ttyS0'],
    ['initrd=initrd', ''],
    ['BOOT_IMAGE=/boot/kernel console=ttyS0 quiet', 'console=ttyS0 quiet'],
    ['BOOT_IMAGE=linux initrd=initrd.gz quiet', 'quiet'],
    ['quiet BOOT_IMAGE=x', 'quiet BOOT_IMAGE=x'],
  ])('should leave of "%s" what the image says', (running, given) => {
    expect(withoutLoaderWords(running)).toBe(given)
  })
})
