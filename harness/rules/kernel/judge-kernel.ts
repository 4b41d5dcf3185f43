import type { Severity } from '../catalogue.ts'
import type { Verdict } from '../verdict.ts'
import { type Expectation, expectationText } from './expectation.ts'
import { type Finding, judgeCondition, settingText } from './judge-condition.ts'
import { linesThatMend } from './kconfig-fragment.ts'
import { type KernelFacts, type Settings, type SettingType, settingsOf } from './kernel-facts.ts'
import type { Condition, KernelRule, RuleSource } from './kernel-rule.ts'
import { kernelRules } from './kernel-rules.ts'
import { isAtLeast, type KernelVersion, kernelVersionText } from './kernel-version.ts'

export interface KernelRuleResult {
  readonly id: string
  readonly type: SettingType
  /** The setting, under the name by which it was found. */
  readonly name: string
  /** In words: `y`, `not set`, `at least 65536`. */
  readonly desired: string
  /** Undefined where the setting is not there; `''` for a parameter without a value. */
  readonly actual: string | undefined
  readonly verdict: Extract<Verdict, 'pass' | 'fail' | 'absent' | 'not-applicable' | 'inconclusive'>
  /** One sentence. */
  readonly reason: string
  readonly why: string
  readonly sources: readonly RuleSource[]
  readonly severity: Severity
  readonly withCare: string | undefined
  /** The lines of a Kconfig file that would mend a failure; empty where none is to be mended, or not by Kconfig. */
  readonly mend: () => readonly string[]
}

/** A policy's own opinion on one rule: another value, or none at all. */
export type RuleExpectation = Expectation | { readonly is: 'ignored'; readonly reason: string }

export interface JudgeKernelOptions {
  /** By rule id. Another expectation also replaces the rule's prerequisites and alternatives. */
  readonly expectations?: ReadonlyMap<string, RuleExpectation>
  /** @default all that are known */
  readonly rules?: readonly KernelRule[]
}

type Decision = Pick<KernelRuleResult, 'verdict' | 'reason'>

const notThere: Readonly<Record<SettingType, string>> = {
  kconfig: 'in the configuration neither set nor "is not set"',
  cmdline: 'not given',
  sysctl: 'not there',
}

const found = ({ condition: { type }, actual }: Finding): string => {
  if (actual === undefined) return notThere[type]
  if (type === 'kconfig' && actual === 'n') return 'not set'
  if (type === 'cmdline' && actual === '') return 'given'
  return `"${actual}"`
}

const conditionText = (condition: Condition): string => {
  const { type, name, expected } = condition
  const text = expectationText(expected, type)
  return `${settingText(type, name)} ${/^(?:not|at|absent|present|as|a list)\b/.test(text) ? text : `= ${text}`}`
}

const holds = ({ match }: Finding): boolean => match === 'met' || match === 'absent'

/** A parameter that the kernel no longer knows is ignored by it, whatever its value. */
const removedBefore = (rule: KernelRule, version: KernelVersion | undefined): string | undefined => {
  const { removedIn, removedBecause = 'removed' } = rule
  if (version === undefined || removedIn === undefined || !isAtLeast(version, removedIn)) return undefined
  return `Linux ${kernelVersionText(version)} no longer has it; since ${removedIn}: ${removedBecause}`
}

/**
 * Why a kernel of this version cannot have the setting; undefined where it can, or nobody knows. Only for a setting
 * that is not there: one that came later may have been taken over into an older kernel.
 */
const notInThisVersion = (rule: KernelRule, version: KernelVersion | undefined): string | undefined => {
  const { since } = rule
  if (version !== undefined && since !== undefined && !isAtLeast(version, since)) {
    return `Linux ${kernelVersionText(version)} does not have it; it came with ${since}`
  }
  return removedBefore(rule, version)
}

/** Undefined where neither the setting itself nor a substitute is as it should be. */
const satisfied = (
  own: Finding,
  prerequisites: readonly Finding[],
  others: readonly (readonly Finding[])[],
): Decision | undefined => {
  if (holds(own) && prerequisites.every(holds)) {
    return own.match === 'absent'
      ? { verdict: 'absent', reason: `${found(own)}: unknown to this kernel, or what it depends on is off` }
      : { verdict: 'pass', reason: found(own) }
  }
  const substitute = others.find((alternative) => alternative.every(holds))
  if (substitute === undefined) return undefined
  return {
    verdict: 'pass',
    reason: `satisfied by ${substitute.map(({ condition }) => conditionText(condition)).join(' and ')}`,
  }
}

const untold: Readonly<Record<SettingType, Decision>> = {
  kconfig: { verdict: 'inconclusive', reason: "cannot be told without the kernel's configuration" },
  cmdline: { verdict: 'inconclusive', reason: "cannot be told without the kernel's command line" },
  sysctl: { verdict: 'inconclusive', reason: "cannot be told without the kernel's sysctls" },
}

/** Undefined where something is plainly wrong, whatever else were known. */
const unknown = (
  own: Finding,
  prerequisites: readonly Finding[],
  others: readonly (readonly Finding[])[],
): Decision | undefined => {
  const first =
    unknownAmong([own, ...prerequisites]) ?? others.map(unknownAmong).find((found) => found !== undefined)
  if (first === undefined) return undefined
  const { condition, actual } = first
  return condition.expected.is === 'same-as' && actual !== undefined
    ? {
        verdict: 'inconclusive',
        reason: `${found(first)}, and CONFIG_${condition.expected.option} is not known`,
      }
    : untold[condition.type]
}

/** What is not known of findings that all would have to hold, unless one of them does not. */
const unknownAmong = (all: readonly Finding[]): Finding | undefined =>
  all.some(({ match }) => match === 'unmet') ? undefined : all.find(({ match }) => match === 'unknown')

const noFindings: readonly Finding[] = []
const noAlternatives: readonly (readonly Finding[])[] = []

/** Most rules have no conditions, and hundreds of them are judged before code is optimised. */
const findingsOn = (conditions: readonly Condition[] | undefined, settings: Settings): readonly Finding[] =>
  conditions?.map((condition) => judgeCondition(condition, settings)) ?? noFindings

const decide = (
  rule: KernelRule,
  own: Finding,
  settings: Settings,
  version: KernelVersion | undefined,
): Decision => {
  const ignored = rule.type === 'cmdline' ? removedBefore(rule, version) : undefined
  if (ignored !== undefined) return { verdict: 'not-applicable', reason: ignored }
  const scope = findingsOn(rule.appliesIf, settings)
  const outside = scope.find(({ match }) => match === 'unmet')
  if (outside !== undefined) {
    const { condition } = outside
    return {
      verdict: 'not-applicable',
      reason: `about nothing in a kernel without ${conditionText(condition)}`,
    }
  }
  const prerequisites = findingsOn(rule.prerequisites, settings)
  const others = rule.alternatives?.map((alternative) => findingsOn(alternative, settings)) ?? noAlternatives
  const decision = satisfied(own, prerequisites, others) ?? unknown(own, prerequisites, others)
  if (decision !== undefined) return decision
  if (own.actual === undefined && own.match === 'unmet') {
    const reason = notInThisVersion(rule, version)
    if (reason !== undefined) return { verdict: 'not-applicable', reason }
    const open = scope.find(({ match }) => match === 'unknown')
    if (open !== undefined) return untold[open.condition.type]
  }
  const broken = holds(own) ? prerequisites.find(({ match }) => match === 'unmet') : undefined
  return {
    verdict: 'fail',
    reason:
      broken === undefined
        ? `${found(own)}, expected ${expectationText(rule.expected, rule.type)}`
        : `counts only together with ${conditionText(broken.condition)}, which is ${found(broken)}`,
  }
}

const withExpectation = (rule: KernelRule, expected: Expectation): KernelRule => {
  const { prerequisites: _prerequisites, alternatives: _alternatives, ...rest } = rule
  return { ...rest, expected }
}

const nothing = (): readonly string[] => []

const judgeRule = (
  original: KernelRule,
  settings: Settings,
  version: KernelVersion | undefined,
  wish: RuleExpectation | undefined,
): KernelRuleResult => {
  const rule = wish === undefined || wish.is === 'ignored' ? original : withExpectation(original, wish)
  const own = judgeCondition(rule, settings, rule.repeated)
  const { verdict, reason }: Decision =
    wish?.is === 'ignored'
      ? { verdict: 'not-applicable', reason: `ignored by the policy: ${wish.reason}` }
      : decide(rule, own, settings, version)
  return {
    id: rule.id,
    type: rule.type,
    name: own.name,
    desired: expectationText(rule.expected, rule.type),
    actual: own.actual,
    verdict,
    reason,
    why: rule.why,
    sources: rule.sources,
    severity: rule.severity,
    withCare: rule.withCare,
    mend: verdict === 'fail' ? () => linesThatMend(rule, own, settings) : nothing,
  }
}

/**
 * Judges one kernel by every rule for its architecture, in the order of the rules. Nothing is read, nothing is
 * thrown: what is not known of the kernel makes a rule inconclusive.
 */
export const judgeKernel = (
  facts: KernelFacts,
  { expectations, rules = kernelRules }: JudgeKernelOptions = {},
): readonly KernelRuleResult[] => {
  const { architecture, version } = facts
  const settings = settingsOf(facts)
  const results: KernelRuleResult[] = []
  for (const rule of rules) {
    if (!rule.architectures.includes(architecture)) continue
    results.push(judgeRule(rule, settings, version, expectations?.get(rule.id)))
  }
  return results
}
