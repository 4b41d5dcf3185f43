import type { SettingType } from '../../rules/kernel/kernel-facts.ts'
import type { Condition, KernelRule } from '../../rules/kernel/kernel-rule.ts'
import { kernelRules } from '../../rules/kernel/kernel-rules.ts'

const conditionsOf = (rule: KernelRule): readonly Condition[] => [
  rule,
  ...(rule.appliesIf ?? []),
  ...(rule.prerequisites ?? []),
  ...(rule.alternatives ?? []).flat(),
]

const newNames: ReadonlyMap<string, string> = new Map(
  kernelRules
    .flatMap(conditionsOf)
    .flatMap(({ type, name, renamedFrom = [] }) =>
      renamedFrom.map((old): [string, string] => [`${type} ${old}`, name]),
    ),
)

/** The newest name of a kernel setting; its own where no other is known. */
export const newestName = (type: SettingType, name: string): string => {
  const seen = new Set<string>()
  let newest = name
  for (
    let next = newNames.get(`${type} ${newest}`);
    next !== undefined && !seen.has(next);
    next = newNames.get(`${type} ${newest}`)
  ) {
    seen.add(next)
    newest = next
  }
  return newest
}
