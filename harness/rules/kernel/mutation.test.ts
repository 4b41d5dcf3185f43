import { describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { judgeKernel } from './judge-kernel.ts'
import type { Condition, KernelRule } from './kernel-rule.ts'
import { kernelRules } from './kernel-rules.ts'
import { Assignment, candidates, keyOf, meets, type Value } from './testing/constraints.ts'
import { kernelOf, onlyBy, satisfyOthers } from './testing/passing-kernel.ts'

type Values = ReadonlyMap<string, Value>

const isGreen = (verdict: string): boolean => ['pass', 'absent', 'not-applicable'].includes(verdict)

/** Whether a rule is kept, straight from its definition: no words, no versions, no order. */
const kept = (rule: KernelRule, values: Values): boolean => {
  const holds = (condition: Condition) => meets(condition, values.get(keyOf(condition)))
  const clauses = [[rule, ...(rule.prerequisites ?? [])], ...(rule.alternatives ?? [])]
  return (
    (rule.appliesIf ?? []).some((condition) => !holds(condition)) ||
    clauses.some((clause) => clause.every(holds))
  )
}

const mentions = (rule: KernelRule, key: string): boolean =>
  [rule, ...(rule.prerequisites ?? []), ...(rule.appliesIf ?? []), ...(rule.alternatives ?? []).flat()].some(
    (condition) => keyOf(condition) === key,
  )

/** All values of the rule's own setting that break it, but for those by which one of its substitutes comes to hold. */
const breakingValues = (rule: KernelRule, values: Values): readonly Value[] =>
  candidates(rule.type, [rule.expected])
    .filter((value) => !meets(rule, value))
    .filter((value) => !kept(rule, new Map(values).set(keyOf(rule), value)))

describe.each(architectures)('the kernel rules for %s', (architecture) => {
  const rules = kernelRules.filter((rule) => rule.architectures.includes(architecture))
  const failing = (values: Values): ReadonlySet<string> =>
    new Set(
      judgeKernel(kernelOf(architecture, values))
        .filter(({ verdict }) => !isGreen(verdict))
        .map(({ id }) => id),
    )

  it('should all be kept by one kernel', () => {
    const assignment = new Assignment()
    satisfyOthers(assignment, rules)
    expect([...failing(assignment.values)]).toEqual([])
  })

  it('should each fail when its setting is flipped, with exactly those that depend on it', () => {
    let flips = 0
    for (const rule of rules) {
      const assignment = onlyBy(rule)
      satisfyOthers(
        assignment,
        rules.filter((other) => other !== rule),
      )
      const before = failing(assignment.values)
      expect(before, rule.id).not.toContain(rule.id)
      const wrong = breakingValues(rule, assignment.values)
      expect(wrong, rule.id).not.toEqual([])
      for (const value of wrong) {
        const flipped = new Map(assignment.values).set(keyOf(rule), value)
        const newlyFailing = [...failing(flipped)].filter((id) => !before.has(id))
        const affected = rules
          .filter(
            (other) =>
              mentions(other, keyOf(rule)) && kept(other, assignment.values) && !kept(other, flipped),
          )
          .map(({ id }) => id)
        expect(affected, `${rule.id} = ${value}`).toContain(rule.id)
        expect(newlyFailing.toSorted(), `${rule.id} = ${value}`).toEqual(affected.toSorted())
        flips += 1
      }
    }
    expect(flips).toBeGreaterThan(2 * rules.length)
  }, 120_000)
})
