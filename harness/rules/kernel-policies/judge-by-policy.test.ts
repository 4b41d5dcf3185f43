import { describe, expect, it } from 'vitest'
import type { KernelFacts } from '../kernel/kernel-facts.ts'
import { judgeByPolicy, kernelWaiverProblems, waiverUses } from './judge-by-policy.ts'
import type { KernelPolicy, KernelWaiver } from './kernel-policy.ts'

const today = '2030-06-15'

const facts: KernelFacts = {
  architecture: 'x86_64',
  version: { major: 6, minor: 12 },
  config: new Map([
    ['KEXEC', 'y'],
    ['BPF_SYSCALL', 'y'],
    ['STRICT_KERNEL_RWX', 'y'],
  ]),
  cmdline: undefined,
  sysctls: undefined,
}

const waiver = (rule: string, more: Partial<KernelWaiver> = {}): KernelWaiver => ({
  rule,
  architecture: undefined,
  since: undefined,
  before: undefined,
  reason: 'kdump',
  expires: today,
  at: `${rule}:1`,
  ...more,
})

const judge = (policy: Partial<KernelPolicy>, given = facts) => {
  const whole: KernelPolicy = { name: 'p', expectations: [], waivers: [], ...policy }
  const judgement = judgeByPolicy(given, whole, today)
  const problems = kernelWaiverProblems(whole, [waiverUses(whole, judgement)], today)
  const resultOf = (rule: string) => judgement.results.find(({ id }) => id === rule)
  return { resultOf, problems: problems.map(({ kind, rule, at, message }) => [kind, rule, at, message]) }
}

describe('a waiver of a kernel rule', () => {
  it('should accept the failure up to the end of its last day', () => {
    const { resultOf, problems } = judge({ waivers: [waiver('kconfig.KEXEC')] })
    expect(resultOf('kconfig.KEXEC')).toMatchObject({ verdict: 'waived', policyReason: 'kdump' })
    expect(resultOf('kconfig.KEXEC')?.mend()).toEqual([])
    expect(problems).toEqual([])
  })

  it.each([
    [{ since: '6.12' }, 'waived'],
    [{ since: '6.12.1' }, 'fail'],
    [{ before: '6.13' }, 'waived'],
    [{ before: '6.12' }, 'fail'],
    [{ since: '6.1', before: '7.0' }, 'waived'],
  ] as const)('should hold for the kernels that it names: %j', (range, verdict) => {
    const { resultOf, problems } = judge({ waivers: [waiver('kconfig.KEXEC', range)] })
    expect(resultOf('kconfig.KEXEC')?.verdict).toBe(verdict)
    // Of other kernels it says nothing, so it is not idle for them.
    expect(problems).toEqual([])
    const unknown = judge({ waivers: [waiver('kconfig.KEXEC', range)] }, { ...facts, version: undefined })
    expect(unknown.resultOf('kconfig.KEXEC')?.verdict).toBe('waived')
  })

  it('should be told when it has expired', () => {
    const { resultOf, problems } = judge({ waivers: [waiver('kconfig.KEXEC', { expires: '2030-06-14' })] })
    expect(resultOf('kconfig.KEXEC')).toMatchObject({ verdict: 'fail' })
    expect(problems).toEqual([
      ['expired', 'kconfig.KEXEC', 'kconfig.KEXEC:1', 'the waiver of kconfig.KEXEC expired after 2030-06-14'],
    ])
  })

  it('should be told when the rule did not fail', () => {
    const { problems } = judge({ waivers: [waiver('kconfig.STRICT_KERNEL_RWX')] })
    expect(problems).toEqual([
      [
        'not-needed',
        'kconfig.STRICT_KERNEL_RWX',
        'kconfig.STRICT_KERNEL_RWX:1',
        'waives kconfig.STRICT_KERNEL_RWX, which did not fail',
      ],
    ])
  })

  it('should hold on its architecture alone', () => {
    const { resultOf, problems } = judge({ waivers: [waiver('kconfig.KEXEC', { architecture: 'arm64' })] })
    expect(resultOf('kconfig.KEXEC')).toMatchObject({ verdict: 'fail' })
    expect(problems).toEqual([])
  })

  it('should not be called unneeded while the rule could not be judged', () => {
    const { resultOf, problems } = judge({ waivers: [waiver('sysctl.kernel.dmesg_restrict')] })
    expect(resultOf('sysctl.kernel.dmesg_restrict')).toMatchObject({ verdict: 'inconclusive' })
    expect(problems).toEqual([])
  })

  it('should be needed by one of several kernels', () => {
    const policy: KernelPolicy = { name: 'p', expectations: [], waivers: [waiver('kconfig.KEXEC')] }
    const off = { ...facts, config: new Map([['KEXEC', 'n']]) }
    const uses = [off, facts].map((each) => waiverUses(policy, judgeByPolicy(each, policy, today)))
    expect(uses).toEqual([['idle'], ['needed']])
    expect(kernelWaiverProblems(policy, uses, today)).toEqual([])
    expect(kernelWaiverProblems(policy, uses.slice(0, 1), today)).toHaveLength(1)
  })
})

describe("a policy's expectation", () => {
  it('should replace what is recommended, and say why', () => {
    const rule = 'kconfig.BPF_SYSCALL'
    expect(judge({}).resultOf(rule)).toMatchObject({ verdict: 'fail' })
    const expectation = { rule, architecture: undefined, expect: { is: 'on' }, reason: 'runc' } as const
    expect(judge({ expectations: [expectation] }).resultOf(rule)).toMatchObject({
      verdict: 'pass',
      policyReason: 'runc',
    })
    const onArm = { ...expectation, architecture: 'arm64' } as const
    expect(judge({ expectations: [onArm] }).resultOf(rule)).toMatchObject({ verdict: 'fail' })
  })
})
