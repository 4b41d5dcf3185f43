import { chmod, chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { kvmAccess } from './kvm-access.ts'

const withDevice = (mode: number, group: number | undefined, use: (device: string) => Promise<void>) =>
  withDir(
    async ({ path }) => {
      const device = join(path, 'kvm')
      await writeFile(device, '')
      await chmod(device, mode)
      if (group !== undefined) await chown(device, -1, group)
      await use(device)
    },
    { unsafeCleanup: true },
  )

describe('kvmAccess', () => {
  it('should say that there is no device', async () => {
    expect(await kvmAccess(true, '/nonexistent/kvm')).toEqual({
      way: 'none',
      reason: '/nonexistent/kvm does not exist',
    })
  })

  it('should use a device that everyone may open', async () => {
    await withDevice(0o666, undefined, async (device) => {
      expect(await kvmAccess(true, device)).toEqual({ way: 'direct' })
      expect(await kvmAccess(false, device)).toEqual({ way: 'direct' })
    })
  })

  it("should use a node of its own where the device is root's alone", async () => {
    await withDevice(0o600, undefined, async (device) => {
      expect(await kvmAccess(true, device)).toEqual({ way: 'node' })
    })
  })

  it.runIf(process.geteuid?.() === 0)("should add the device's group", async () => {
    await withDevice(0o660, 104, async (device) => {
      expect(await kvmAccess(true, device)).toEqual({ way: 'group', group: 104 })
    })
  })
})
