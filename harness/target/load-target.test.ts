import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { loadTarget } from './load-target.ts'

let folder: string
let cleanup: () => Promise<void>
beforeEach(async () => {
  ;({ path: folder, cleanup } = await dir({ unsafeCleanup: true }))
  await mkdir(join(folder, 'out'))
  for (const name of ['kernel', 'initrd.img', 'policy.yml', 'config'])
    await writeFile(join(folder, 'out', name), 'x')
  await writeFile(join(folder, 'out', 'cmdline'), 'console=ttyS0 quiet\n')
  await writeFile(join(folder, 'out', 'lines'), 'a\nb\n')
  await writeFile(join(folder, 'out', 'empty'), '')
  // Only its name says raw.
  const qcow2 = Buffer.alloc(104)
  qcow2.set([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3])
  await writeFile(join(folder, 'out', 'disk.raw'), qcow2)
  qcow2.writeBigUInt64BE(104n, 8)
  await writeFile(join(folder, 'out', 'backed'), qcow2)
})
afterEach(async () => await cleanup())

const load = async (text: string, detect?: Parameters<typeof loadTarget>[1]) => {
  const path = join(folder, 't.yml')
  await writeFile(path, text)
  return await loadTarget(path, detect)
}

/** The message without the folder, so that it can be compared; anything but a usage error fails. */
const messageFor = async (text: string, detect?: Parameters<typeof loadTarget>[1]): Promise<string> => {
  try {
    await load(text, detect)
  } catch (error) {
    if (error instanceof DrydockError && error.blame === 'usage')
      return error.message.replaceAll(`${folder}/`, '')
    throw error
  }
  return 'accepted'
}

const start = 'name: moby\narchitectures:\n  x86_64:\n    kernel: out/kernel\n'

describe('loadTarget', () => {
  it('should fill in what is not said', async () => {
    expect(await load(start)).toEqual({
      name: 'moby',
      source: join(folder, 't.yml'),
      policyPath: undefined,
      guests: {
        x86_64: {
          architecture: 'x86_64',
          kernel: join(folder, 'out/kernel'),
          initrd: undefined,
          cmdline: 'console=ttyS0',
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

  it('should read everything a target may say', async () => {
    const target = await load(`name: moby
policy: out/policy.yml
memory: 1024
cmdline: " console=hvc0 "
login: { ssh: { user: root } }
architectures:
  x86_64:
    kernel: out/kernel
    initrd: out/initrd.img
    cmdlineFile: out/cmdline
    kernelConfig: out/config
    cpus: 2
    cpu: EPYC-v4
    firmware: uefi
    disks: [{ path: out/kernel }, { path: out/disk.raw }]
    login: { serial: { user: root, password: "a b", line: hvc0 } }
  arm64:
    kernel: out/kernel
`)
    expect(target.policyPath).toBe(join(folder, 'out/policy.yml'))
    expect(target.guests.x86_64).toMatchObject({
      initrd: join(folder, 'out/initrd.img'),
      cmdline: 'console=ttyS0 quiet',
      kernelConfig: join(folder, 'out/config'),
      memoryMiB: 1024,
      cpus: 2,
      cpu: 'EPYC-v4',
      firmware: 'uefi',
      disks: [
        { path: join(folder, 'out/kernel'), format: 'raw' },
        { path: join(folder, 'out/disk.raw'), format: 'qcow2' },
      ],
      metadata: 'none',
      login: { serial: { user: 'root', password: 'a b', line: 'hvc0' } },
    })
    expect(target.guests.arm64).toMatchObject({
      cmdline: 'console=hvc0',
      cpus: 1,
      metadata: 'iso',
      login: { ssh: { user: 'root' } },
    })
  })

  it('should let an architecture take the shared login back', async () => {
    const target = await load(`login: { ssh: { user: root } }\n${start}    login: none\n`)
    expect(target.guests.x86_64).toMatchObject({ login: {}, metadata: 'none' })
  })

  it.each([
    ['', 't.yml:1: expected a mapping, found nothing'],
    ['name: moby\n', 't.yml:1: expected the key `architectures` (a mapping), found nothing'],
    ['name: moby\narchitectures: {}\n', 't.yml:2: expected x86_64, arm64 or both, found a mapping'],
    [
      'name: moby\narchitectures:\n  amd64: {kernel: out/kernel}\n',
      't.yml:3: expected one of the keys x86_64, arm64, found unknown key "amd64"',
    ],
    [
      `${start}    initd: out/initrd.img\n`,
      /^t\.yml:5: expected one of the keys kernel, initrd, .*, found unknown key "initd" \(did you mean "initrd"\?\)$/,
    ],
    [`${start}    initrd: out/none\n`, 't.yml:5: expected a file for `initrd`, found nothing at out/none'],
    [`${start}    initrd: out\n`, /^t\.yml:5: expected a file for `initrd`, found a directory at .*out$/],
    [
      `${start}    initrd: out/empty\n`,
      't.yml:5: expected a file for `initrd`, found an empty file at out/empty',
    ],
    [`policy: nope.yml\n${start}`, 't.yml:1: expected a file for `policy`, found nothing at nope.yml'],
    [
      `${start}    kernel: out/kernel\n`,
      't.yml:5: expected each key once, found a second kernel: out/kernel',
    ],
    [`${start}    memory: 12\n`, 't.yml:5: expected at least 64, found 12'],
    [`${start}    memory: lots\n`, 't.yml:5: expected a number, found "lots"'],
    [`${start}    metadata: cd\n`, 't.yml:5: expected one of "iso", "none", found "cd"'],
    [`${start}    firmware: efi\n`, 't.yml:5: expected one of "uefi", "bios", "none", found "efi"'],
    [
      `${start.replace('x86_64', 'arm64')}    firmware: bios\n`,
      't.yml:3: expected `firmware: uefi` or `firmware: none`, as only x86_64 has a BIOS, found `firmware: bios`',
    ],
    [
      'name: moby\narchitectures:\n  x86_64:\n    memory: 512\n',
      't.yml:3: expected the key `kernel`, or `disks` that firmware starts, found neither',
    ],
    [
      'name: moby\narchitectures:\n  x86_64:\n    disks: [{ path: out/disk.raw }]\n',
      't.yml:3: expected `firmware: uefi` or `firmware: bios`, which starts the disks, found neither that nor a kernel',
    ],
    [
      'name: moby\narchitectures:\n  x86_64:\n    disks: [{ path: out/disk.raw }]\n    firmware: uefi\n    cmdline: quiet\n',
      't.yml:6: expected a kernel that `cmdline` is for, found disks that start by themselves',
    ],
    [
      `${start}    disks: [{ path: out/none }]\n`,
      't.yml:5: expected a file for `path`, found nothing at out/none',
    ],
    [
      `${start}    disks:\n      - path: out/backed\n`,
      't.yml:6: expected a disk image that stands alone, found a qcow2 image that stands on a backing file at out/backed',
    ],
    [
      `${start}    login: {serial: {user: "a b"}}\n`,
      /^t\.yml:5: expected a user name of letters, .*, found "a b"$/,
    ],
    [
      `${start}    metadata: none\n    login: {ssh: {user: root}}\n`,
      't.yml:5: expected "iso", the only way the key of `login.ssh` reaches the image, found "none"',
    ],
    [
      `${start}    cmdline: a\n    cmdlineFile: out/cmdline\n`,
      't.yml:6: expected `cmdline` or `cmdlineFile`, found both',
    ],
    [
      `${start}    cmdlineFile: out/lines\n`,
      't.yml:5: expected one line of at most 2047 characters, found several lines in out/lines',
    ],
    [
      `cmdline: ${'a'.repeat(2048)}\n${start}`,
      't.yml:1: expected one line of at most 2047 characters, found 2048 characters',
    ],
    [
      `name: ../x\n${start.slice(11)}`,
      /^t\.yml:1: expected a name of at most 64 letters, .*, found "\.\.\/x"$/,
    ],
    ['name: [\n', /^t\.yml:\d: expected valid YAML, found/],
  ])('should say what is wrong with %j', async (text, expected) => {
    const message = await messageFor(text)
    if (typeof expected === 'string') expect(message).toBe(expected)
    else expect(message).toMatch(expected)
    expect(message).not.toContain('\n')
  })

  it('should take the seed out of the device tree of arm64 alone', async () => {
    const target = await load(
      'name: moby\narchitectures:\n  arm64: { kernel: out/kernel, deviceTreeSeed: false }\n',
    )
    expect(target.guests.arm64).toMatchObject({ deviceTreeSeed: false })
    expect(await messageFor(`${start}    deviceTreeSeed: false\n`)).toContain(
      'found unknown key "deviceTreeSeed"',
    )
  })

  it('should refuse a kernel of another architecture where it can tell', async () => {
    expect(await messageFor(start, async () => 'arm64')).toBe(
      't.yml:4: expected a kernel for x86_64, found one for arm64 at out/kernel',
    )
    expect(await messageFor(start, async () => 'x86_64')).toBe('accepted')
  })

  it('should refuse a directory, a missing file and a huge one', async () => {
    await expect(loadTarget(folder)).rejects.toThrow('expected a YAML file, found a directory')
    await expect(loadTarget(join(folder, 'absent.yml'))).rejects.toThrow(
      'expected a YAML file, found nothing at that path',
    )
    expect(await messageFor(`name: ${'x'.repeat(1024 * 1024)}\n`)).toMatch(
      /^t\.yml: expected a YAML file of at most 1 MiB, found/,
    )
  })
})
