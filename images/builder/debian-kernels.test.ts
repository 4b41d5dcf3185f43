import { describe, expect, it } from 'vitest'
import { readLock } from '../../harness/common/debian-lock.ts'
import { kernelNames, otherKernel, otherKernels } from './debian-kernels.ts'
import { readDescription } from './description.ts'

describe("Debian's kernels", () => {
  it('should all be others but the one that the image has by default', () => {
    expect(otherKernel(undefined)).toBeUndefined()
    expect(kernelNames.filter((name) => otherKernel(name) === undefined)).toEqual(['debian:6.12'])
  })

  it.each(otherKernels.map((kernel) => [kernel.name, kernel] as const))(
    'should be locked for both architectures: %s',
    async (name, kernel) => {
      const { suite, packages } = await readLock(kernel.lockPath)
      expect(suite).toBe(kernel.suite)
      expect(Object.keys(packages.amd64 ?? {})).toEqual(kernel.packageNames('x86_64').toSorted())
      expect(Object.keys(packages.arm64 ?? {})).toEqual(kernel.packageNames('arm64').toSorted())
      const series = name.replace('debian:', '')
      for (const { version } of Object.values(packages.amd64 ?? {})) expect(version).toContain(`${series}`)
    },
  )

  it('should keep the description but for what the kernel has not', async () => {
    const reference = await readDescription()
    const old = otherKernel('debian:6.1')?.adapt(reference)
    expect(old?.sysctls.start).not.toHaveProperty('dev.tty.legacy_tiocsti')
    expect(reference.sysctls.start).toHaveProperty('dev.tty.legacy_tiocsti')
    const modules = old?.kernel.modules.root ?? []
    expect(modules.indexOf('virtio_pci')).toBeGreaterThan(modules.indexOf('virtio_pci_modern_dev'))
    expect(modules.slice(-reference.kernel.modules.root.length)).toEqual(reference.kernel.modules.root)
    const { cmdline, cmdlineFor } = otherKernel('debian:7.2')?.adapt(reference).kernel ?? reference.kernel
    expect(cmdline).toEqual([...reference.kernel.cmdline, 'hash_pointers=always'])
    expect(cmdlineFor.x86_64).toContain('tsx=off')
    expect(cmdlineFor.arm64).toEqual(reference.kernel.cmdlineFor.arm64)
  })
})
