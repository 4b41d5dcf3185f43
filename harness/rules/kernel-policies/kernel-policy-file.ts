import { join, resolve } from 'node:path'
import { didYouMean } from '../../common/closest.ts'
import { DrydockError } from '../../common/errors.ts'
import type { YamlFile } from '../../common/yaml-file.ts'
import type { Expectation } from '../kernel/expectation.ts'
import type { RuleExpectation } from '../kernel/judge-kernel.ts'
import type { SettingType } from '../kernel/kernel-facts.ts'
import { kernelRules } from '../kernel/kernel-rules.ts'
import { isPolicyPath, type PolicyKind, readPolicyChain, shippedNames } from '../policy-chain.ts'
import type { KernelExpectation, KernelPolicy, KernelWaiver } from './kernel-policy.ts'
import { type KernelPolicyLayer, kernelPolicyLayer, type WrittenExpectation } from './kernel-policy-schema.ts'

const kind: PolicyKind<KernelPolicyLayer> = {
  shipped: import.meta.dirname,
  schema: kernelPolicyLayer,
  defaultBase: 'kspp',
}

/** Names of the kernel policies that come with Drydock. */
export const shippedKernelPolicies = async (): Promise<readonly string[]> => await shippedNames(kind.shipped)

/**
 * Reads a kernel policy and all that it stands on.
 * @param name of a shipped one, or the path of a file
 * @throws usage, `FILE:LINE: expected ..., found ...`; a rule that does not exist among them
 */
export const loadKernelPolicy = async (name: string): Promise<KernelPolicy> => {
  const files = await readPolicyChain(await pathOf(name), kind)
  const expectations = new Map<string, KernelExpectation>()
  const waivers: KernelWaiver[] = []
  for (const file of files) {
    for (const [rule, written] of Object.entries(file.value.rules ?? {})) {
      const type = typeOf(rule, file, ['rules', rule])
      if (written === null) expectations.delete(rule)
      else {
        const { architecture, reason } = written
        const expect = expectationOf(written, type, file, ['rules', rule, 'expect'])
        expectations.set(rule, { rule, architecture, expect, reason })
      }
    }
    for (const [index, waiver] of (file.value.waivers ?? []).entries()) {
      const { rule, architecture, since, before, reason, expires } = waiver
      typeOf(rule, file, ['waivers', index, 'rule'])
      waivers.push({
        rule,
        architecture,
        since,
        before,
        reason,
        expires,
        at: `${file.path}:${file.lineOf(['waivers', index])}`,
      })
    }
  }
  return { name, expectations: [...expectations.values()], waivers }
}

const pathOf = async (name: string): Promise<string> => {
  if (isPolicyPath(name)) return resolve(name)
  const shipped = await shippedKernelPolicies()
  if (shipped.includes(name)) return join(kind.shipped, `${name}.yml`)
  throw new DrydockError(
    `--policy: expected ${shipped.join(', ')} or the path of a file, found ${JSON.stringify(name)}${didYouMean(name, shipped)}`,
    { code: 'NO_SUCH_POLICY', blame: 'usage' },
  )
}

type Keys = readonly PropertyKey[]

const typeOf = (id: string, file: YamlFile<unknown>, keys: Keys): SettingType => {
  const rule = kernelRules.find((candidate) => candidate.id === id)
  if (rule !== undefined) return rule.type
  const ids = [...new Set(kernelRules.map((known) => known.id))]
  throw file.problem(
    keys,
    'the id of a kernel rule such as kconfig.STRICT_KERNEL_RWX',
    `${JSON.stringify(id)}${didYouMean(id, ids)}`,
  )
}

const expectationOf = (
  { expect, reason }: WrittenExpectation,
  type: SettingType,
  file: YamlFile<unknown>,
  keys: Keys,
): RuleExpectation => {
  if (Array.isArray(expect)) {
    const values = expect.map(String)
    if (type === 'kconfig' && values.includes('n')) {
      throw file.problem(keys, '`n` alone, or a list of values without it', 'a list with `n`')
    }
    return { is: 'one-of', values }
  }
  if (typeof expect === 'object') {
    return 'atLeast' in expect
      ? { is: 'at-least', number: expect.atLeast }
      : { is: 'at-most', number: expect.atMost }
  }
  if (expect === 'ignore') return { is: 'ignored', reason }
  return wordOf(String(expect), type)
}

const wordOf = (word: string, type: SettingType): Expectation => {
  if (word === 'present' || word === 'absent') return { is: word }
  if (type === 'kconfig' && word === 'y') return { is: 'on' }
  if (type === 'kconfig' && word === 'n') return { is: 'off' }
  return { is: 'one-of', values: [word] }
}
