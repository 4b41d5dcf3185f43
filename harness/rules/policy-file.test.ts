import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, it, onTestFinished } from 'vitest'
import { containerExpectation, isTrusted } from './policy.ts'
import { loadPolicy, shippedPolicies } from './policy-file.ts'

const directoryWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const { path, cleanup } = await dir({ unsafeCleanup: true })
  onTestFinished(() => cleanup())
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(path, name), text)))
  return path
}

const load = async (text: string) => loadPolicy(join(await directoryWith({ 'p.yml': text }), 'p.yml'))

describe('loadPolicy', () => {
  it('should read every shipped policy', async () => {
    for (const name of await shippedPolicies()) {
      expect((await load(`extends: ${name}\n`)).sources).toHaveLength(2)
    }
  })

  it('should use moby where an image has none of its own, and allow no setuid file', async () => {
    const policy = await loadPolicy()
    expect(policy.files.setuid).toEqual({})
    expect(policy.mounts.writable).toContainEqual({
      path: '/run',
      fileSystem: 'tmpfs',
      flags: ['nosuid', 'nodev', 'noexec'],
      sizeLimit: true,
    })
    expect(policy.cmdline.required.x86_64).toContain('init_on_alloc=1')
    expect(policy.cmdline.required.x86_64).toContain('vsyscall=none')
    expect(policy.cmdline.required.arm64).not.toContain('vsyscall=none')
    expect(policy.sysctls['kernel.kptr_restrict']).toEqual(['2'])
    expect(policy.waivers).toEqual([])
  })

  it('should lay a policy over moby unless it says otherwise', async () => {
    const policy = await load('sysctls: { kernel.kptr_restrict: [1, 2], kernel.sysrq: null, vm.x: 3 }\n')
    expect(policy.sysctls).toMatchObject({ 'kernel.kptr_restrict': ['1', '2'], 'vm.x': ['3'] })
    expect(policy.sysctls).not.toHaveProperty('kernel.sysrq')
    expect(policy.sysctls).toHaveProperty('kernel.dmesg_restrict')
    expect((await load('extends: none\n')).sysctls).toEqual({})
  })

  it('should merge mounts, files and parameters by name', async () => {
    const policy = await load(`
mounts: { writable: { /run: null, /data: { fileSystem: ext4, sizeLimit: false, flags: [nodev] } } }
files: { setuid: { /usr/bin/x: because } }
cmdline: { required: { all: { slab_nomerge: null, init_on_alloc: 0 }, arm64: { quiet: true } } }
`)
    expect(policy.mounts.writable.map(({ path }) => path)).not.toContain('/run')
    expect(policy.mounts.writable).toContainEqual({
      path: '/data',
      fileSystem: 'ext4',
      flags: ['nodev'],
      sizeLimit: false,
    })
    expect(policy.files.setuid).toEqual({ '/usr/bin/x': 'because' })
    expect(policy.cmdline.required.arm64).toEqual(expect.arrayContaining(['init_on_alloc=0', 'quiet']))
    expect(policy.cmdline.required.arm64).not.toContain('slab_nomerge')
  })

  it('should tell trusted containers from those with expectations of their own', async () => {
    const policy = await load(`
containers:
  default: { limits: [memory] }
  named:
    sshd: { trusted: gives root a shell on the host }
    dhcp: { reason: opens raw sockets, capabilities: [CAP_NET_RAW], namespaces: [pid, mnt] }
`)
    const sshd = containerExpectation(policy, 'sshd')
    expect(isTrusted(sshd) && sshd.trusted).toBe('gives root a shell on the host')
    expect(containerExpectation(policy, 'dhcp')).toEqual({
      capabilities: ['CAP_NET_RAW'],
      namespaces: ['pid', 'mnt'],
      limits: ['memory'],
      seccomp: true,
      noNewPrivileges: true,
      readOnlyRoot: true,
    })
    expect(containerExpectation(policy, 'constructor')).toMatchObject({
      capabilities: [],
      limits: ['memory'],
    })
  })

  it('should stand on other files, and keep the lines of waivers', async () => {
    const waiver = (check: string) =>
      `  - check: ${check}\n    subjects: [/usr/bin/x, "/opt/**"]\n    reason: upstream\n    expires: 2027-01-31\n`
    const directory = await directoryWith({
      'base.yml': `waivers:\n${waiver('elf.pie')}`,
      'top.yml': `extends: base.yml\n\nwaivers:\n${waiver('elf.relro')}${waiver('elf.stack')}`,
    })
    const policy = await loadPolicy(join(directory, 'top.yml'))
    expect(policy.sources.slice(-2)).toEqual([join(directory, 'base.yml'), join(directory, 'top.yml')])
    expect(policy.waivers.map(({ check, line }) => `${check}:${line}`)).toEqual([
      'elf.pie:2',
      'elf.relro:4',
      'elf.stack:8',
    ])
    expect(policy.waivers[2]).toMatchObject({
      file: join(directory, 'top.yml'),
      expires: '2027-01-31',
      architecture: undefined,
    })
  })

  it('should let a layer list what is sent and which disks keep data, and take out what a layer below lists', async () => {
    const policy = await load(
      'network: { sends: { arp: null, "ntp 10.0.0.1:123": the clock } }\ndisks: { stateful: { disk1: data } }\n',
    )
    expect(policy.network.sends).toMatchObject({ 'ntp 10.0.0.1:123': 'the clock', dhcp: expect.anything() })
    expect(policy.network.sends).not.toHaveProperty('arp')
    expect(policy.disks.stateful).toEqual({ disk1: 'data' })
    await expect(load('disks: { stateful: { sda: data } }\n')).rejects.toThrow('p.yml:1: expected')
  })

  it('should take from the last layer that says so what a running kernel has to be like', async () => {
    const policy = await load('lockdown: confidentiality\nsecurityModules: [apparmor]\n')
    expect(policy).toMatchObject({ lockdown: 'confidentiality', securityModules: ['apparmor'] })
    expect(policy.panic).toEqual({ end: 'restart', withinSeconds: 60 })
    expect((await load('extends: none\n')).lockdown).toBe('confidentiality')
    await expect(load('panic: { end: explode, withinSeconds: 5 }\n')).rejects.toThrow(
      'p.yml:1: expected one of',
    )
  })

  it.each([
    [
      'sysctl: {}\n',
      /p\.yml:1: expected one of the keys extends, .*waivers, found unknown key "sysctl" \(did you mean "sysctls"\?\)$/,
    ],
    [
      'extends: mobi\n',
      'p.yml:1: expected a shipped policy (moby), the path of a file, or none, found "mobi" (did you mean "moby"?)',
    ],
    [
      '\nextends: ./p.yml\n',
      /p\.yml:2: expected a chain of policies that ends, found .*p\.yml, which stands on this file itself/,
    ],
    [
      '\nextends: ./gone.yml\n',
      /p\.yml:2: expected a policy file, found .*gone\.yml: expected a YAML file, found nothing at that path/,
    ],
    ['sysctls:\n', 'p.yml:1: expected a mapping, found nothing'],
    [
      'sysctls:\n  kptr_restrict: 2\n',
      'p.yml:2: expected the name of a sysctl such as kernel.kptr_restrict, found key "kptr_restrict"',
    ],
    [
      'mounts:\n  writable:\n    run: { fileSystem: tmpfs }\n',
      'p.yml:3: expected an absolute path, found key "run"',
    ],
    [
      'mounts:\n  writable:\n    /run: { flags: [nosuid] }\n',
      'p.yml:3: expected the key `fileSystem` (a string), found nothing',
    ],
    [
      'containers:\n  named:\n    a: { trusted: x, capabilities: [] }\n',
      /p\.yml:3: expected one of the keys trusted, .*found unknown key "capabilities"/,
    ],
    ['containers:\n  named:\n    a: { capabilities: [NET_RAW] }\n', /p\.yml:3: expected /],
    [
      'containers:\n  default: { namespaces: [pid, mount] }\n',
      /p\.yml:2: expected one of "cgroup", .* found "mount"/,
    ],
    ['cmdline: { required: { all: { slab_nomerge: false } } }\n', /p\.yml:1: expected /],
    [
      'waivers:\n  - check: a.b\n    subjects: [x]\n    reason: r\n    expires: soon\n',
      'p.yml:5: expected a date as YYYY-MM-DD, found "soon"',
    ],
    [
      'waivers:\n  - check: a.b\n    subjects: [x]\n    reason: r\n    expires: 2026-02-30\n',
      'p.yml:5: expected a date as YYYY-MM-DD, found "2026-02-30"',
    ],
    [
      'waivers:\n  - check: a.b\n    subjects: ["**"]\n    reason: r\n    expires: 2026-02-03\n',
      'p.yml:3: expected a subject, or a glob that names at least a part of one, found "**"',
    ],
    [
      'waivers:\n  - check: a.b\n    subjects: []\n    reason: r\n    expires: 2026-02-03\n',
      'p.yml:3: expected at least 1 item, found an empty list',
    ],
    [
      'waivers:\n  - check: a.b\n    subjects: [x]\n    reason: " "\n    expires: 2026-02-03\n',
      'p.yml:4: expected text that is not empty, found " "',
    ],
  ])('should say what is wrong with %j', async (text, message) => {
    await expect(load(text)).rejects.toThrow(message)
  })

  it('should take names for names, whatever they mean to JavaScript', async () => {
    const policy = await load(
      'extends: none\ncontainers: { named: { constructor: { trusted: yes it is } } }\n',
    )
    expect(containerExpectation(policy, 'other')).not.toHaveProperty('trusted')
    expect(containerExpectation(policy, 'constructor')).toEqual({ trusted: 'yes it is' })
  })
})
