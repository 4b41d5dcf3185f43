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
  readonly withCare?: string
  /** The lines of a Kconfig file that would mend a failure; empty where none is to be mended, or not by Kconfig. */
  readonly mend: readonly string[]
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

const found = ({ condition: { type }, actual }: Finding): string => {
  if (actual === undefined) {
    return {
      kconfig: 'in the configuration neither set nor "is not set"',
      cmdline: 'not given',
      sysctl: 'not there',
    }[type]
  }
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

const missing = (type: SettingType): string =>
  ({ kconfig: 'configuration', cmdline: 'command line', sysctl: 'sysctls' })[type]

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

/** Undefined where something is plainly wrong, whatever else were known. */
const unknown = (
  own: Finding,
  prerequisites: readonly Finding[],
  others: readonly (readonly Finding[])[],
): Decision | undefined => {
  const open = [[own, ...prerequisites], ...others].filter((all) =>
    all.every(({ match }) => match !== 'unmet'),
  )
  const unknowns = open.flat().filter(({ match }) => match === 'unknown')
  const [first] = unknowns
  if (first === undefined) return undefined
  const { condition } = first
  return {
    verdict: 'inconclusive',
    reason:
      condition.expected.is === 'same-as' && first.actual !== undefined
        ? `${found(first)}, and CONFIG_${condition.expected.option} is not known`
        : `cannot be told without the kernel's ${missing(condition.type)}`,
  }
}

const decide = (
  rule: KernelRule,
  own: Finding,
  settings: Settings,
  version: KernelVersion | undefined,
): Decision => {
  const ignored = rule.type === 'cmdline' ? removedBefore(rule, version) : undefined
  if (ignored !== undefined) return { verdict: 'not-applicable', reason: ignored }
  const look = (conditions: readonly Condition[] = []) =>
    conditions.map((condition) => judgeCondition(condition, settings))
  const scope = look(rule.appliesIf)
  const outside = scope.find(({ match }) => match === 'unmet')
  if (outside !== undefined) {
    const { condition } = outside
    return {
      verdict: 'not-applicable',
      reason: `about nothing in a kernel without ${conditionText(condition)}`,
    }
  }
  const prerequisites = look(rule.prerequisites)
  const others = (rule.alternatives ?? []).map((alternative) => look(alternative))
  const decision = satisfied(own, prerequisites, others) ?? unknown(own, prerequisites, others)
  if (decision !== undefined) return decision
  if (own.actual === undefined && own.match === 'unmet') {
    const reason = notInThisVersion(rule, version)
    if (reason !== undefined) return { verdict: 'not-applicable', reason }
    const open = scope.find(({ match }) => match === 'unknown')
    if (open !== undefined) {
      return {
        verdict: 'inconclusive',
        reason: `cannot be told without the kernel's ${missing(open.condition.type)}`,
      }
    }
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

/**
 * Judges one kernel by every rule for its architecture, in the order of the rules. Nothing is read, nothing is
 * thrown: what is not known of the kernel makes a rule inconclusive.
 */
export const judgeKernel = (
  facts: KernelFacts,
  options: JudgeKernelOptions = {},
): readonly KernelRuleResult[] => {
  const { expectations, rules = kernelRules } = options
  const settings = settingsOf(facts)
  return rules
    .filter(({ architectures }) => architectures.includes(facts.architecture))
    .map((original): KernelRuleResult => {
      const wish = expectations?.get(original.id)
      const rule = wish === undefined || wish.is === 'ignored' ? original : withExpectation(original, wish)
      const own = judgeCondition(rule, settings, rule.repeated)
      const decision: Decision =
        wish?.is === 'ignored'
          ? { verdict: 'not-applicable', reason: `ignored by the policy: ${wish.reason}` }
          : decide(rule, own, settings, facts.version)
      return {
        id: rule.id,
        type: rule.type,
        name: own.name,
        desired: expectationText(rule.expected, rule.type),
        actual: own.actual,
        ...decision,
        why: rule.why,
        sources: rule.sources,
        severity: rule.severity,
        ...(rule.withCare === undefined ? {} : { withCare: rule.withCare }),
        mend: decision.verdict === 'fail' ? linesThatMend(rule, own, settings) : [],
      }
    })
}
