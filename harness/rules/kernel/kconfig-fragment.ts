import type { Expectation } from './expectation.ts'
import { type Finding, judgeCondition } from './judge-condition.ts'
import type { Settings } from './kernel-facts.ts'
import { type Condition, isOn, type KernelRule } from './kernel-rule.ts'

/** What Kconfig finds out for itself: a fragment cannot set it. */
const foundByKconfig = /^(?:CC_IS_|HAVE_|ARCH_HAS_|ARCH_SUPPORTS_)|_MAX$/

const written = (value: string): string =>
  /^(?:-?\d+|0x[\da-f]+)$/i.test(value) ? value : JSON.stringify(value)

/** The value of an option's line; undefined where no single value follows from the expectation. */
const valueFor = (
  expected: Expectation,
  actual: string | undefined,
  settings: Settings,
): string | undefined => {
  switch (expected.is) {
    case 'on':
    case 'built':
      return 'y'
    case 'off':
      return 'n'
    case 'one-of':
      return expected.values[0] === undefined ? undefined : written(expected.values[0])
    case 'at-least':
    case 'at-most':
      return String(expected.number)
    case 'listing': {
      const [item] = expected.items
      const { without = [] } = expected
      const rest = (actual ?? '').split(',').filter((other) => other !== '' && !without.includes(other))
      return item === undefined ? undefined : written([item, ...rest].join(','))
    }
    case 'same-as':
      return settings.value('kconfig', expected.option)
    case 'not-off':
    case 'none-of':
    case 'present':
    case 'absent':
      return undefined
  }
}

const lineFor = (name: string, value: string): string =>
  value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`

/**
 * The lines that bring a failing Kconfig rule to pass, with what the option depends on and what it counts only together
 * with; empty for command line and sysctl.
 */
export const linesThatMend = (rule: KernelRule, own: Finding, settings: Settings): readonly string[] => {
  if (rule.type !== 'kconfig') return []
  const conditions: readonly Condition[] = [
    ...(rule.settableWith ?? []).map(isOn),
    ...(rule.prerequisites ?? []),
    { ...rule, name: own.actual === undefined ? rule.name : own.name, renamedFrom: [] },
  ]
  return conditions.flatMap((condition) => {
    const { match, actual, name } = judgeCondition(condition, settings)
    if (condition.type !== 'kconfig' || match !== 'unmet' || foundByKconfig.test(name)) return []
    const value = valueFor(condition.expected, actual, settings)
    return value === undefined ? [] : [lineFor(name, value)]
  })
}
