import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadKernelPolicy, shippedKernelPolicies } from './kernel-policy-file.ts'

let folder: string
let cleanup: () => Promise<void>
beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterAll(() => cleanup())

const load = async (text: string) => {
  const path = join(folder, 'policy.yml')
  await writeFile(path, text)
  return await loadKernelPolicy(path)
}

describe('loadKernelPolicy', () => {
  it('should read every shipped policy', async () => {
    expect(await shippedKernelPolicies()).toEqual(expect.arrayContaining(['kspp', 'moby', 'debian-cloud']))
    for (const name of await shippedKernelPolicies()) expect((await loadKernelPolicy(name)).name).toBe(name)
  })

  it('should take kspp for every rule as recommended', async () => {
    expect(await loadKernelPolicy('kspp')).toEqual({ name: 'kspp', expectations: [], waivers: [] })
  })

  it.each([
    ['kconfig.BPF_SYSCALL', 'y', { is: 'on' }],
    ['kconfig.BPF_SYSCALL', 'n', { is: 'off' }],
    ['kconfig.BPF_SYSCALL', 'm', { is: 'one-of', values: ['m'] }],
    ['kconfig.BPF_SYSCALL', 'present', { is: 'present' }],
    ['kconfig.PANIC_TIMEOUT', '[-1, 10]', { is: 'one-of', values: ['-1', '10'] }],
    ['kconfig.PANIC_TIMEOUT', '{ atMost: 10 }', { is: 'at-most', number: 10 }],
    ['cmdline.nosmt', 'absent', { is: 'absent' }],
    ['sysctl.kernel.sysrq', '0', { is: 'one-of', values: ['0'] }],
    ['sysctl.kernel.perf_event_paranoid', '{ atLeast: 2 }', { is: 'at-least', number: 2 }],
    ['sysctl.kernel.sysrq', 'ignore', { is: 'ignored', reason: 'r' }],
  ])('should understand %s: %s', async (rule, expected, expect_) => {
    const { expectations } = await load(`rules: { ${rule}: { expect: ${expected}, reason: r } }\n`)
    expect(expectations).toEqual([{ rule, architecture: undefined, expect: expect_, reason: 'r' }])
  })

  it('should take the kernels that a waiver is for as text, since 6.10 is no number', async () => {
    const waiver = (since: string) =>
      `waivers:\n  - { rule: kconfig.KEXEC, since: ${since}, reason: r, expires: 2030-01-31 }\n`
    const { waivers } = await load(waiver("'6.10'"))
    expect(waivers).toMatchObject([{ since: '6.10', before: undefined }])
    await expect(load(waiver('6.10'))).rejects.toThrow('in quotes')
    await expect(load(waiver("'6.10-rc1'"))).rejects.toThrow('in quotes')
  })

  it('should lay layers over each other, and take out with null', async () => {
    await mkdir(join(folder, 'base'), { recursive: true })
    await writeFile(
      join(folder, 'base/base.yml'),
      `extends: moby
rules:
  kconfig.MODULES: null
  kconfig.BPF_SYSCALL: { expect: n, reason: cgroup v1 }
waivers:
  - { rule: kconfig.KEXEC, reason: kdump, expires: 2030-01-31 }
`,
    )
    const { expectations, waivers } = await load(
      'extends: base/base.yml\nwaivers:\n  - { rule: kconfig.KEXEC, architecture: arm64, reason: r, expires: 2031-01-01 }\n',
    )
    const rules = new Map(expectations.map((expectation) => [expectation.rule, expectation]))
    expect(rules.has('kconfig.MODULES')).toBe(false)
    expect(rules.get('kconfig.BPF_SYSCALL')).toMatchObject({ expect: { is: 'off' }, reason: 'cgroup v1' })
    expect(rules.get('kconfig.USER_NS')).toMatchObject({ expect: { is: 'ignored' } })
    expect(waivers.map(({ architecture, at }) => [architecture, at])).toEqual([
      [undefined, `${join(folder, 'base/base.yml')}:6`],
      ['arm64', `${join(folder, 'policy.yml')}:3`],
    ])
  })

  it.each([
    [
      'rules:\n  kconfig.STRICT_KERNEL_RXW: { expect: y, reason: r }\n',
      ':2: expected the id of a kernel rule such as kconfig.STRICT_KERNEL_RWX, found "kconfig.STRICT_KERNEL_RXW" (did you mean "kconfig.STRICT_KERNEL_RWX"?)',
    ],
    [
      'waivers:\n  - rule: sysctl.kernel.nothing\n    reason: r\n    expires: 2030-01-01\n',
      ':2: expected the id of a kernel rule',
    ],
    ['rules:\n  kconfig.KEXEC: { expect: [n, m], reason: r }\n', ':2: expected `n` alone'],
    ['rules:\n  kconfig.KEXEC: { expect: n }\n', ':2: expected the key `reason`'],
    ['rules:\n  kconfig.KEXEC: { expect: true, reason: r }\n', ':2: expected '],
    [
      'waivers:\n  - { rule: kconfig.KEXEC, reason: r, expires: soon }\n',
      ':2: expected a date as YYYY-MM-DD',
    ],
    ['extends: kssp\n', ':1: expected a shipped policy'],
    ['extends: policy.yml\n', ':1: expected a chain of policies that ends'],
  ])('should name the line of what is wrong in %j', async (text, message) => {
    const failure = await load(text).catch((error: unknown) => error)
    expect(failure).toMatchObject({ blame: 'usage' })
    expect(String(failure)).toContain(`${join(folder, 'policy.yml')}${message}`)
  })

  it('should say which policies there are', async () => {
    await expect(loadKernelPolicy('kssp')).rejects.toThrow(
      /--policy: expected .*kspp.* or the path of a file, found "kssp" \(did you mean "kspp"\?\)/,
    )
  })
})
