import { describe, expect, it } from 'vitest'
import type { Probe } from '../guest/probe.ts'
import type { Image } from '../image/image.ts'
import { MemoryTree } from '../image/memory-tree.ts'
import type { GuestSpec } from '../target/target.ts'
import { collectSections } from './collect-sections.ts'
import { sectionsSchema } from './sections.ts'

const spec = { cmdline: 'console=ttyS0 ro', firmware: undefined, initrd: undefined } as unknown as GuestSpec

const imageWith = (config: string | undefined): Image => ({
  kernel: {
    name: '/boot/kernel',
    architecture: 'x86_64',
    release: '6.12.1',
    format: 'bzImage' as Image['kernel']['format'],
    config,
    configSource: config === undefined ? 'the kernel has no IKCONFIG' : '/boot/config',
    embeddedConfig: async () => ({ reason: 'none' }),
  },
  cmdline: { text: 'console=ttyS0 ro', source: 'the target' },
  trees: [{ name: 'initrd', tree: new MemoryTree() }],
  root: new MemoryTree(),
  unread: [],
})

const config = '# CONFIG_KEXEC is not set\nCONFIG_X86_64=y\nCONFIG_NAME="a b"\n'

/** A guest with these files, and nothing else. */
const probeOf = (files: Readonly<Record<string, string>>): Probe =>
  ({
    host: {
      glob: async (pattern: string) => {
        const form = new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`)
        return Object.keys(files).filter((path) => form.test(path))
      },
      readMany: async (paths: readonly string[]) =>
        new Map(paths.map((path) => [path, path in files ? Buffer.from(files[path] ?? '') : 'ENOENT'])),
    },
    containers: async () => {
      throw new Error('the guest is gone')
    },
  }) as unknown as Probe

describe('collectSections', () => {
  it('should list what lies in the image, in the form that records keep', async () => {
    const sections = await collectSections({ spec, image: imageWith(config) })
    expect(sectionsSchema.parse(structuredClone(sections))).toEqual(sections)
    expect(sections['kernel-options']).toEqual({
      source: '/boot/config',
      problem: null,
      rows: { CONFIG_KEXEC: { value: 'n' }, CONFIG_NAME: { value: 'a b' }, CONFIG_X86_64: { value: 'y' } },
    })
    expect(sections['kernel-parameters']?.rows).toEqual({ console: { value: 'ttyS0' }, ro: { value: '' } })
    expect(Object.keys(sections)).not.toContain('mounts')
  })

  it('should say why a list is not there, and make the others', async () => {
    const image = imageWith(undefined)
    const probe = probeOf({ '/proc/modules': 'loop 16384 0 - Live 0x0000000000000000\n' })
    const sections = await collectSections({ spec, image }, { spec, image, probe })
    expect(sections['kernel-options']).toMatchObject({ problem: 'the kernel has no IKCONFIG', rows: {} })
    expect(sections.mounts).toMatchObject({ problem: 'the guest is gone', rows: {} })
    expect(sections['loaded-modules']?.rows).toEqual({ loop: { taints: 'none' } })
  })

  it('should list settings, and not what the kernel counts or draws anew', async () => {
    const image = imageWith(config)
    const probe = probeOf({
      '/proc/sys/kernel/kptr_restrict': '2\n',
      '/proc/sys/kernel/printk': '4\t4\t1\t7\n',
      '/proc/sys/kernel/random/uuid': 'f81d4fae\n',
      '/proc/sys/net/ipv4/conf/all/rp_filter': '1\n',
      '/proc/sys/net/ipv4/conf/eth0/rp_filter': '1\n',
    })
    const { sysctls } = await collectSections({ spec, image }, { spec, image, probe })
    expect(sysctls?.rows).toEqual({
      'kernel.kptr_restrict': { value: '2' },
      'kernel.printk': { value: '4 4 1 7' },
      'net.ipv4.conf.all.rp_filter': { value: '1' },
    })
  })

  it('should cut what a guest makes too long', async () => {
    const image = imageWith(config)
    const probe = probeOf({ '/proc/sys/kernel/long': 'x'.repeat(5000) })
    const { sysctls } = await collectSections({ spec, image }, { spec, image, probe })
    expect(sysctls?.rows['kernel.long']?.value).toMatch(/^x{1000}… \(4000 more characters\)$/)
  })
})
