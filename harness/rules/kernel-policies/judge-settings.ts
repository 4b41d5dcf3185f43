import { judge } from '../judge.ts'
import type { KernelFacts, SettingType } from '../kernel/kernel-facts.ts'
import { newerThanRules } from '../kernel/kernel-rules.ts'
import type { Evidence, Judgement, Vantage } from '../verdict.ts'
import { dayOf } from '../waivers.ts'
import { judgeByPolicy, kernelWaiverProblems, type PolicyRuleResult, waiverUses } from './judge-by-policy.ts'
import type { KernelPolicy } from './kernel-policy.ts'

export interface SettingsToJudge {
  readonly type: SettingType
  /** Everything that is known of the kernel: rules of one type may be satisfied by settings of another. */
  readonly facts: KernelFacts
  readonly policy: KernelPolicy
  readonly vantage: Vantage
  /** Where the settings of this type were read. */
  readonly source: string
}

const what: Readonly<Record<SettingType, string>> = {
  kconfig: 'recommended options',
  cmdline: 'recommended parameters',
  sysctl: 'recommended sysctls',
}

/** Fewer than these, and something is wrong with the rules or the facts. */
const expectedAtLeast = 10

/**
 * Judges a kernel's settings of one type by all rules for them. Each rule that is broken is a subject of its own; a
 * waiver of the kernel policy that is not needed, or has expired, breaks the claim as well.
 */
export const judgeSettings = ({ type, facts, policy, vantage, source }: SettingsToJudge): Judgement => {
  const today = dayOf(new Date())
  const judged = judgeByPolicy(facts, policy, today)
  const results = judged.results.filter((result) => result.type === type)
  const item = (result: PolicyRuleResult, found: string): Evidence => ({
    ...{ vantage, source: `${result.name} in ${source}`, found },
  })
  const bad: Evidence[] = []
  const good: Evidence[] = []
  for (const result of results) {
    const { id, desired, reason, why, verdict, policyReason } = result
    const actual = result.actual === '' ? 'given' : (result.actual ?? 'not there')
    switch (verdict) {
      case 'fail':
        bad.push({ ...item(result, actual), expected: `${desired}: ${why}`, subject: id })
        break
      case 'inconclusive':
        bad.push({ ...item(result, reason), expected: `${desired}: ${why}`, subject: id })
        break
      case 'waived':
        good.push(item(result, `${actual}, which the kernel policy waives: ${policyReason ?? reason}`))
        break
      case 'pass':
      case 'absent':
        good.push(item(result, actual))
        break
      case 'not-applicable':
        break
    }
  }
  for (const { rule, at, message } of ofType(
    type,
    kernelWaiverProblems(policy, [waiverUses(policy, judged)], today),
  )) {
    bad.push({
      vantage: 'at-rest',
      source: at,
      found: message,
      expected: 'no such waiver',
      subject: `waiver:${rule}`,
    })
  }
  const judgement = judge.findings({ vantage, source, bad, good, expectedAtLeast, what: what[type] })
  return { ...judgement, reason: [judgement.reason, ...remarks(facts, results)].join('; ') }
}

const ofType = <Problem extends { readonly rule: string }>(
  type: SettingType,
  problems: readonly Problem[],
): readonly Problem[] => problems.filter(({ rule }) => rule.startsWith(`${type}.`))

/** What the number of rules that passed does not say. */
const remarks = ({ version }: KernelFacts, results: readonly PolicyRuleResult[]): readonly string[] => {
  const count = (verdict: PolicyRuleResult['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length
  const newer = newerThanRules(version)
  return [
    ...(count('absent') > 0 ? [`${count('absent')} of them because the kernel has no such thing`] : []),
    ...(count('waived') > 0 ? [`${count('waived')} waived by the kernel policy`] : []),
    ...(newer === undefined ? [] : [newer]),
  ]
}
