import { judgeKernel, type KernelRuleResult } from '../kernel/judge-kernel.ts'
import type { KernelFacts, SettingType } from '../kernel/kernel-facts.ts'
import { isAtLeast } from '../kernel/kernel-version.ts'
import { expectationsFor, type KernelPolicy, type KernelWaiver } from './kernel-policy.ts'

/** A rule's result after the policy had its say. */
export interface PolicyRuleResult extends Omit<KernelRuleResult, 'verdict'> {
  readonly verdict: KernelRuleResult['verdict'] | 'waived'
  /** Why the policy wants something else than what is recommended, or accepts a failure. */
  readonly policyReason?: string
}

/** One kernel judged by every rule, and by a policy. */
export interface KernelJudgement {
  readonly facts: KernelFacts
  readonly results: readonly PolicyRuleResult[]
}

/** Where a kernel's version is not known, it may be any. */
const concerns = (
  { rule, architecture, since, before }: KernelWaiver,
  id: string,
  facts: Pick<KernelFacts, 'architecture' | 'version'>,
): boolean => {
  const { version } = facts
  if (rule !== id || (architecture !== undefined && architecture !== facts.architecture)) return false
  if (version === undefined) return true
  return (
    (since === undefined || isAtLeast(version, since)) &&
    (before === undefined || !isAtLeast(version, before))
  )
}

/** Whether anything is known of a kernel's settings of this type. */
export const isGiven = ({ config, cmdline, sysctls }: KernelFacts, type: SettingType): boolean =>
  ({ kconfig: config, cmdline, sysctl: sysctls })[type] !== undefined

/** A waiver is good up to the end of its day. */
export const isExpired = ({ expires }: KernelWaiver, today: string): boolean => expires < today

/**
 * Judges a kernel by the rules and a policy.
 * A waiver also accepts what cannot be judged: were the rest known, the rule would pass or fail, and both are accepted.
 * @param today `YYYY-MM-DD`, in UTC
 */
export const judgeByPolicy = (facts: KernelFacts, policy: KernelPolicy, today: string): KernelJudgement => {
  const { architecture } = facts
  const wishes = expectationsFor(policy, architecture)
  const judged = judgeKernel(facts, {
    expectations: new Map(wishes.map(({ rule, expect }) => [rule, expect])),
  })
  if (policy.expectations.length === 0 && policy.waivers.length === 0) return { facts, results: judged }
  const reasons = new Map(wishes.map(({ rule, reason }): [string, string] => [rule, reason]))
  const results = judged.map((result): PolicyRuleResult => {
    const waiver =
      result.verdict === 'fail' || (result.verdict === 'inconclusive' && isGiven(facts, result.type))
        ? policy.waivers.find(
            (candidate) => concerns(candidate, result.id, facts) && !isExpired(candidate, today),
          )
        : undefined
    if (waiver !== undefined)
      return { ...result, verdict: 'waived', policyReason: waiver.reason, mend: () => [] }
    const reason = reasons.get(result.id)
    return reason === undefined ? result : { ...result, policyReason: reason }
  })
  return { facts, results }
}

/** Why a waiver fails the run. */
export interface KernelWaiverProblem {
  readonly kind: 'expired' | 'not-needed'
  readonly rule: string
  /** `FILE:LINE` of the waiver. */
  readonly at: string
  /** One sentence. */
  readonly message: string
}

/** What a waiver was for one kernel; `unjudged` where none of its rules was judged. */
export type WaiverUse = 'needed' | 'idle' | 'unjudged'

/** What each of the policy's waivers was for one kernel, in their order. */
export const waiverUses = (
  { waivers }: KernelPolicy,
  { facts, results }: KernelJudgement,
): readonly WaiverUse[] =>
  waivers.map((waiver) => {
    const verdict = results.find(({ id }) => concerns(waiver, id, facts))?.verdict
    if (verdict === undefined) return 'unjudged'
    return verdict === 'waived' || verdict === 'inconclusive' ? 'needed' : 'idle'
  })

/**
 * What is wrong with a policy's waivers, after all kernels were judged: one that expired, and one that no kernel needed,
 * where at least one was judged by its rule.
 * @param uses what `waiverUses` said for each kernel
 */
export const kernelWaiverProblems = (
  { waivers }: KernelPolicy,
  uses: readonly (readonly WaiverUse[])[],
  today: string,
): readonly KernelWaiverProblem[] =>
  waivers.flatMap((waiver, index): KernelWaiverProblem[] => {
    const { rule, at } = waiver
    if (isExpired(waiver, today)) {
      return [{ kind: 'expired', rule, at, message: `the waiver of ${rule} expired after ${waiver.expires}` }]
    }
    const own = uses.map((all) => all[index])
    if (own.includes('needed') || !own.includes('idle')) return []
    return [{ kind: 'not-needed', rule, at, message: `waives ${rule}, which did not fail` }]
  })
