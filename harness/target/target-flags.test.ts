import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import type { ArchitectureDetector } from './load-target.ts'
import { openTarget, parseLogin, type TargetFlags, targetFromFlags } from './target-flags.ts'

let folder: string
let cleanup: () => Promise<void>
beforeEach(async () => {
  ;({ path: folder, cleanup } = await dir({ unsafeCleanup: true }))
  await mkdir(join(folder, 'd'))
  for (const name of ['kernel', 'initrd']) await writeFile(join(folder, name), 'x')
})
afterEach(async () => await cleanup())

const at = (name: string): string => join(folder, name)
const isArm: ArchitectureDetector = async () => 'arm64'
const isX86: ArchitectureDetector = async () => 'x86_64'

const messageFor = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof DrydockError && error.blame === 'usage')
      return error.message.replaceAll(`${folder}/`, '')
    throw error
  }
  return 'accepted'
}

describe('targetFromFlags', () => {
  it('should describe one architecture, the one the kernel is for', async () => {
    const target = await targetFromFlags({ kernel: at('kernel') }, isArm)
    expect(target).toEqual({
      name: 'kernel',
      source: 'command line',
      policyPath: undefined,
      guests: {
        arm64: {
          architecture: 'arm64',
          kernel: at('kernel'),
          initrd: undefined,
          cmdline: 'console=ttyAMA0',
          kernelConfig: undefined,
          firmware: 'none',
          disks: [],
          memoryMiB: 512,
          cpus: 1,
          cpu: undefined,
          metadata: 'none',
          login: {},
        },
      },
    })
  })

  it('should take a command line or a file that holds one', async () => {
    await writeFile(at('cmdline'), 'console=ttyS0 page_poison=1\n')
    const cmdline = async (given: string) =>
      (await targetFromFlags({ kernel: at('kernel'), cmdline: given }, isX86)).guests.x86_64?.cmdline
    expect(await cmdline('console=ttyS0 root=/dev/vda')).toBe('console=ttyS0 root=/dev/vda')
    expect(await cmdline('quiet')).toBe('quiet')
    expect(await cmdline('')).toBe('')
    expect(await cmdline(at('cmdline'))).toBe('console=ttyS0 page_poison=1')
  })

  it('should take numbers and a CPU model', async () => {
    const flags = {
      kernel: at('kernel'),
      initrd: at('initrd'),
      memory: '256',
      cpus: '2',
      cpu: 'max',
      firmware: 'uefi',
      arch: 'arm64',
    }
    expect((await targetFromFlags(flags, isArm)).guests.arm64).toMatchObject({
      initrd: at('initrd'),
      memoryMiB: 256,
      cpus: 2,
      cpu: 'max',
      firmware: 'uefi',
    })
  })

  it.each<[TargetFlags, string]>([
    [{}, '--kernel: expected the path of a kernel, found nothing'],
    [{ kernel: 'none' }, '--kernel: expected a file, found nothing at none'],
    [{ kernel: 'd' }, '--kernel: expected a file, found a directory at d'],
    [{ kernel: 'kernel', initrd: 'none' }, '--initrd: expected a file, found nothing at none'],
    [{ kernel: 'kernel', policy: 'none' }, '--policy: expected a file, found nothing at none'],
    [{ kernel: 'kernel', kernelConfig: 'd' }, '--kernel-config: expected a file, found a directory at d'],
    [{ kernel: 'kernel', cmdline: 'none' }, '--cmdline: expected a file, found nothing at none'],
    [
      { kernel: 'kernel', arch: 'aarch64' },
      '--arch: expected x86_64 or arm64, found "aarch64" (did you mean arm64?)',
    ],
    [{ kernel: 'kernel', arch: 'sparc' }, '--arch: expected x86_64 or arm64, found "sparc"'],
    [
      { kernel: 'kernel', arch: 'x86_64' },
      '--kernel: expected a kernel for x86_64, found one for arm64 at kernel',
    ],
    [{ kernel: 'kernel', memory: '1G' }, '--memory: expected a whole number from 64 to 65536, found "1G"'],
    [{ kernel: 'kernel', cpus: '0' }, '--cpus: expected a whole number from 1 to 64, found "0"'],
    [{ kernel: 'kernel', firmware: 'efi' }, '--firmware: expected uefi, bios or none, found "efi"'],
    [
      { kernel: 'kernel', firmware: 'bios' },
      '--firmware: expected uefi or none, as only x86_64 has a BIOS, found "bios"',
    ],
    [{ kernel: 'kernel', disk: 'none' }, '--disk: expected a file, found nothing at none'],
    [{ kernel: 'kernel', login: ':x' }, '--login: expected USER, USER:PASSWORD or none, found ":x"'],
  ])('should say what is wrong with %j', async (flags, expected) => {
    const paths = ['disk', 'kernel', 'initrd', 'policy', 'kernelConfig', 'cmdline']
    const placed = Object.fromEntries(
      Object.entries(flags).map(([key, value]) => [key, paths.includes(key) ? at(value) : value]),
    )
    expect(await messageFor(() => targetFromFlags(placed, isArm))).toBe(expected)
  })
})

describe('parseLogin', () => {
  it('should read a user, with or without a password', () => {
    expect(parseLogin('none')).toEqual({})
    expect(parseLogin('root')).toEqual({ serial: { user: 'root', line: 'console' } })
    expect(parseLogin('root:a:b')).toEqual({ serial: { user: 'root', password: 'a:b', line: 'console' } })
  })
})

describe('openTarget', () => {
  it('should find the files that LinuxKit wrote', async () => {
    await mkdir(at('out'))
    for (const name of ['-kernel', '-initrd.img']) await writeFile(at(`out/linuxkit${name}`), 'x')
    await writeFile(at('out/linuxkit-cmdline'), 'console=ttyS0')
    const target = await openTarget(at('out/linuxkit'), { login: 'root' }, isX86)
    expect(target).toMatchObject({
      name: 'linuxkit',
      source: at('out/linuxkit'),
      guests: {
        x86_64: {
          kernel: at('out/linuxkit-kernel'),
          initrd: at('out/linuxkit-initrd.img'),
          cmdline: 'console=ttyS0',
          login: { serial: { user: 'root' } },
        },
      },
    })
  })

  it('should read a target file', async () => {
    await writeFile(at('t.yml'), 'name: moby\narchitectures: {arm64: {kernel: kernel}}\n')
    expect((await openTarget(at('t.yml'), {}, isArm)).name).toBe('moby')
    expect(await messageFor(() => openTarget(at('t.yml'), {}, isX86))).toBe(
      't.yml:2: expected a kernel for arm64, found one for x86_64 at kernel',
    )
  })

  it('should take flags alone', async () => {
    expect((await openTarget(undefined, { kernel: at('kernel') }, isArm)).source).toBe('command line')
  })

  it('should say what it looked for', async () => {
    await writeFile(at('t.yml'), 'name: moby\n')
    await writeFile(at('half-kernel'), 'x')
    expect(await messageFor(() => openTarget(at('none'), {}, isArm))).toBe(
      'none: expected a target file (.yml) or the prefix of LinuxKit output, found neither none nor none-kernel',
    )
    expect(await messageFor(() => openTarget(at('none.yml'), {}, isArm))).toBe(
      'none.yml: expected a YAML file, found nothing at that path',
    )
    expect(await messageFor(() => openTarget(at('t.yml'), { memory: '64' }, isArm))).toBe(
      't.yml: expected a target file or flags that describe one, found both',
    )
    expect(await messageFor(() => openTarget(at('half'), {}, isArm))).toBe(
      'half: expected an initrd at half-initrd.img, found nothing',
    )
  })
})
