import { describe, expect, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { measures } from './measures.ts'

const words = [
  ...['/usr/bin/qemu', '-machine', 'q35,usb=off,gic-version=3', '-accel', 'tcg,tb-size=256', '-cpu', 'host'],
  ...['-smp', '1', '-append', 'console=ttyS0 panic=10'],
  ...['-device', '{"driver":"virtio-net-pci","netdev":"net","romfile":""}'],
  ...['-object', '{"qom-type":"rng-random"}', '-device', '{"driver":"virtio-rng-pci","rng":"entropy"}'],
]

describe('measures', () => {
  it.each(measures)('should change something: $name', ({ commandLine, initrd }) => {
    expect(commandLine?.(words) ?? initrd).toBeDefined()
    expect(commandLine?.(words)).not.toEqual(words)
  })

  it('should have names of their own', () => {
    for (const architecture of architectures) {
      const names = measures
        .filter(({ on }) => on === undefined || on === architecture)
        .map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('should leave a command line valid', () => {
    const changed = measures.find(({ name }) => name.startsWith('no random'))?.commandLine?.(words)
    expect(changed?.join(' ')).not.toContain('virtio-rng-pci')
    expect(changed?.length).toBe(words.length - 2)
  })

  it('should fail where what it changes is not there', () => {
    const romless = measures.find(({ name }) => name.startsWith('network card'))
    expect(() => romless?.commandLine?.(['qemu'])).toThrow('"romfile":""')
  })
})
