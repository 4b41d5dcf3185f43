import type { Architecture } from '../../../common/architecture.ts'
import type { KernelFacts, SettingType } from '../kernel-facts.ts'
import type { Condition, KernelRule } from '../kernel-rule.ts'
import { Assignment, type Constraint, keyOf, maxima, must, mustNot, type Value } from './constraints.ts'

const ownClause = (rule: KernelRule): readonly Condition[] => [
  ...(rule.appliesIf ?? []),
  rule,
  ...(rule.prerequisites ?? []),
]

/** All ways to make a rule green, its own first. */
const waysOut = (rule: KernelRule): readonly (readonly Constraint[])[] => [
  ownClause(rule).map(must),
  ...(rule.alternatives ?? []).map((alternative) => [...(rule.appliesIf ?? []), ...alternative].map(must)),
  ...(rule.appliesIf ?? []).map((condition) => [mustNot(condition)]),
]

/** Settings in which `rule` holds by itself: each of its substitutes is broken by another setting, where that can be. */
export const onlyBy = (rule: KernelRule): Assignment => {
  const assignment = new Assignment()
  if (!assignment.add(ownClause(rule).map(must))) throw new Error(`no value satisfies ${rule.id}`)
  for (const alternative of rule.alternatives ?? []) {
    alternative.some((condition) => keyOf(condition) !== keyOf(rule) && assignment.add([mustNot(condition)]))
  }
  return assignment
}

/** Adds what makes the other rules green too, where it can be; those with the fewest ways out come first. */
export const satisfyOthers = (assignment: Assignment, rules: readonly KernelRule[]): void => {
  const ordered = rules.map((rule) => ({ rule, ways: waysOut(rule) }))
  ordered.sort((a, b) => a.ways.length - b.ways.length)
  for (const { ways } of ordered) ways.some((way) => assignment.add(way))
}

const part = (values: ReadonlyMap<string, Value>, type: SettingType): Map<string, string> =>
  new Map(
    [...values].flatMap(([key, value]): [string, string][] =>
      key.startsWith(`${type} `) && value !== undefined ? [[key.slice(type.length + 1), value]] : [],
    ),
  )

/** The kernel that has these settings. */
export const kernelOf = (architecture: Architecture, values: ReadonlyMap<string, Value>): KernelFacts => ({
  architecture,
  version: undefined,
  config: new Map([...maxima, ...part(values, 'kconfig')]),
  cmdline: [...part(values, 'cmdline')]
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(' '),
  sysctls: part(values, 'sysctl'),
})
