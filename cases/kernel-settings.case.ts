import { judge } from '../harness/rules/judge.ts'
import { judgeSettings } from '../harness/rules/kernel-policies/judge-settings.ts'
import { loadKernelPolicy } from '../harness/rules/kernel-policies/kernel-policy-file.ts'
import { check } from '../harness/vitest/check.ts'
import { kernelAtRest, readSysctls } from './support/kernel-facts.ts'

check(
  'kernel.config',
  {
    claim: 'the kernel was built with every recommended option that its policy does not except',
    promise: 'P2',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['weak-kernel-config'],
    remedy:
      '`drydock kconfig FILE --fragment` prints what to add to the configuration; `kernel` in the policy names another kernel policy.',
  },
  async (context) => {
    const { kernel, facts } = await kernelAtRest(context)
    if (facts.config === undefined) {
      return judge.inconclusive(
        `the kernel's configuration is not known: ${kernel.configSource}; give it with kernelConfig or --kernel-config`,
      )
    }
    const policy = await loadKernelPolicy(context.policy.kernel)
    return judgeSettings({ type: 'kconfig', facts, policy, vantage: 'at-rest', source: kernel.configSource })
  },
)

check(
  'kernel.parameters',
  {
    claim: 'the kernel runs with every recommended parameter that its policy does not except',
    promise: 'P2',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    guest: 'shared',
    twins: ['mitigations-off'],
    remedy: 'Add the parameters to the command line; `kernel` in the policy names another kernel policy.',
  },
  async (context) => {
    const { host } = await context.probe()
    const { facts } = await kernelAtRest(context)
    const cmdline = (await host.read('/proc/cmdline')).toString('latin1').trim()
    const policy = await loadKernelPolicy(context.policy.kernel)
    const source = '/proc/cmdline'
    return judgeSettings({ type: 'cmdline', facts: { ...facts, cmdline }, policy, vantage: 'inside', source })
  },
)

check(
  'kernel.settings',
  {
    claim: 'the running kernel has every recommended setting (sysctl) that its policy does not except',
    promise: 'P2',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set them at boot; `kernel` in the policy names another kernel policy.',
  },
  async (context) => {
    const probe = await context.probe()
    const { facts } = await kernelAtRest(context)
    const sysctls = await readSysctls(probe)
    const policy = await loadKernelPolicy(context.policy.kernel)
    const source = '/proc/sys'
    return judgeSettings({ type: 'sysctl', facts: { ...facts, sysctls }, policy, vantage: 'inside', source })
  },
)
