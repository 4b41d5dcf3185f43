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

/**
 * Looks one setting up. Its newest name that is there decides: a kernel knows one of them, and where several kernels
 * share a file, the old ones are leftovers.
 */
export const judgeCondition = (
  condition: Condition,
  settings: Settings,
  repeated: 'last' | 'all' = 'last',
): Finding => {
  const { type, expected } = condition
  let { name } = condition
  if (!settings.has(type)) return { condition, match: 'unknown', actual: undefined, name }
  let actual = settings.value(type, name, repeated)
  if (actual === undefined && condition.renamedFrom !== undefined) {
    for (const older of condition.renamedFrom) {
      actual = settings.value(type, older, repeated)
      if (actual === undefined) continue
      name = older
      break
    }
  }
  return { condition, match: match(expected, type, actual, settings), actual, name }
}

/** A setting as its users write it: `CONFIG_X`, `init_on_alloc`, `kernel.sysrq`. */
export const settingText = (type: SettingType, name: string): string =>
  type === 'kconfig' ? `CONFIG_${name}` : name
