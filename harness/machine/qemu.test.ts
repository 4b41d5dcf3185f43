import { join } from 'node:path'
import fc from 'fast-check'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { findQemu, isOlder, parseVersion } from './qemu.ts'
import { writeFakeQemu } from './testing/fake-qemu.ts'

const withFake = (versionText: string, use: (environment: NodeJS.ProcessEnv) => Promise<void>) =>
  withDir(
    async ({ path }) => {
      const qemu = await writeFakeQemu(join(path, 'qemu'), { versionText })
      await use({ ...process.env, DRYDOCK_QEMU_X86_64: qemu })
    },
    { unsafeCleanup: true },
  )

describe('findQemu', () => {
  it('should find the binary that the environment names, with its version', async () => {
    await withFake('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright', async (environment) => {
      const qemu = await findQemu('x86_64', environment)
      expect(qemu).toMatchObject({
        version: '7.2.22',
        text: 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)',
        path: environment.DRYDOCK_QEMU_X86_64,
      })
    })
  })

  it('should say which package to install where there is none', async () => {
    await expect(findQemu('arm64', { PATH: '/nonexistent' })).rejects.toMatchObject({
      code: 'QEMU_MISSING',
      blame: 'testbed',
      message: expect.stringContaining('apt-get install --no-install-recommends qemu-system-arm'),
    })
  })

  it('should not fall back to another binary where the named one is missing', async () => {
    const environment = { ...process.env, DRYDOCK_QEMU_X86_64: '/nonexistent/qemu' }
    await expect(findQemu('x86_64', environment)).rejects.toThrow('as DRYDOCK_QEMU_X86_64 names it')
  })

  it('should refuse a version older than 7.2', async () => {
    await withFake('QEMU emulator version 7.1.9', async (environment) => {
      await expect(findQemu('x86_64', environment)).rejects.toMatchObject({
        code: 'QEMU_TOO_OLD',
        shortMessage: expect.stringContaining('expected QEMU 7.2 or newer, found 7.1.9'),
      })
    })
  })

  it('should refuse a program that is not QEMU', async () => {
    await withFake('GNU ld 2.40', async (environment) => {
      await expect(findQemu('x86_64', environment)).rejects.toMatchObject({ code: 'QEMU_BROKEN' })
    })
  })
})

describe('parseVersion', () => {
  it('should read back every version', () => {
    const part = fc.integer({ min: 0, max: 9999 })
    fc.assert(
      fc.property(part, part, part, fc.string(), (major, minor, micro, rest) => {
        const version = `${major}.${minor}.${micro}`
        expect(parseVersion(`QEMU emulator version ${version} (${rest})`)).toBe(version)
      }),
    )
  })
})

describe('isOlder', () => {
  it.each([
    ['7.1.9', '7.2', true],
    ['7.2.0', '7.2', false],
    ['10.0.0', '7.2', false],
    ['6.99.0', '7.2', true],
  ])('should compare %s with %s by number', (left, right, older) => {
    expect(isOlder(left, right)).toBe(older)
  })
})
