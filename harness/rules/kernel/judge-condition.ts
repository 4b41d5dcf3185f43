import { type Match, match } from './expectation.ts'
import type { Settings, SettingType } from './kernel-facts.ts'
import type { Condition } from './kernel-rule.ts'

/** What was found of a setting. */
export interface Finding {
  readonly condition: Condition
  readonly match: Match
  /** Undefined where it is not there. */
  readonly actual: string | undefined
  /** The name under which it was found, or its newest name. */
  readonly name: string
}

const option = (settings: Settings) => (name: string) => settings.values('kconfig', name)[0]

/**
 * Looks one setting up. Its newest name that is there decides: a kernel knows one of them, and where several kernels
 * share a file, the old ones are leftovers.
 */
export const judgeCondition = (
  condition: Condition,
  settings: Settings,
  repeated: 'last' | 'all' = 'last',
): Finding => {
  const { type, expected, renamedFrom = [] } = condition
  if (!settings.has(type)) return { condition, match: 'unknown', actual: undefined, name: condition.name }
  const names = [condition.name, ...renamedFrom]
  const name = names.find((candidate) => settings.values(type, candidate).length > 0) ?? condition.name
  const values = settings.values(type, name)
  const actual = repeated === 'all' && values.length > 0 ? values.join(',') : values.at(-1)
  return { condition, match: match(expected, type, actual, option(settings)), actual, name }
}

/** A setting as its users write it: `CONFIG_X`, `init_on_alloc`, `kernel.sysrq`. */
export const settingText = (type: SettingType, name: string): string =>
  type === 'kconfig' ? `CONFIG_${name}` : name
