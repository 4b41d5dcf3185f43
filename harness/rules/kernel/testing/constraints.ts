import { type Expectation, match } from '../expectation.ts'
import type { SettingType } from '../kernel-facts.ts'
import type { Condition } from '../kernel-rule.ts'

/** Stands in every configuration that is made here: what `same-as` rules compare with. */
export const maxima: ReadonlyMap<string, string> = new Map([
  ['ARCH_MMAP_RND_BITS_MAX', '33'],
  ['ARCH_MMAP_RND_COMPAT_BITS_MAX', '16'],
])

/** Undefined: not there. */
export type Value = string | undefined

const plainValues: Readonly<Record<SettingType, readonly Value[]>> = {
  kconfig: ['y', 'n', 'm', undefined],
  cmdline: [undefined, '1', '0', '', 'on', 'off'],
  sysctl: ['1', '0', undefined],
}

const named = (expected: Expectation): readonly string[] => {
  switch (expected.is) {
    case 'one-of':
    case 'none-of':
      return expected.values
    case 'at-least':
    case 'at-most':
      return [String(expected.number), String(expected.number + 1), String(expected.number - 1)]
    case 'listing':
      return [...expected.items, ...(expected.without ?? [])]
    case 'same-as':
      return [maxima.get(expected.option) ?? '', '1']
    default:
      return []
  }
}

/** A condition that must hold, or must not. */
export interface Constraint {
  readonly condition: Condition
  readonly holds: boolean
}

export const must = (condition: Condition): Constraint => ({ condition, holds: true })
export const mustNot = (condition: Condition): Constraint => ({ condition, holds: false })

export const keyOf = ({ type, name }: Pick<Condition, 'type' | 'name'>): string => `${type} ${name}`

export const meets = (condition: Condition, value: Value): boolean => {
  const found = match(condition.expected, condition.type, value, { value: (_type, name) => maxima.get(name) })
  return found === 'met' || found === 'absent'
}

/** Every value worth a try for settings with these expectations. */
export const candidates = (type: SettingType, expectations: readonly Expectation[]): readonly Value[] => {
  const lists = expectations
    .filter((expected) => expected.is === 'listing')
    .flatMap(({ items }) => items[0] ?? [])
  return [
    ...new Set([
      ...(lists.length === 0 ? [] : [[...new Set(lists)].join(',')]),
      ...plainValues[type],
      ...expectations.flatMap(named),
    ]),
  ]
}

/** Values of settings that grow constraint by constraint, and never contradict one. */
export class Assignment {
  readonly #constraints = new Map<string, readonly Constraint[]>()
  readonly #values = new Map<string, Value>()

  /** Adds all of them; false, and nothing changed, where that cannot be. */
  add(constraints: readonly Constraint[]): boolean {
    const changed = new Map<string, { all: readonly Constraint[]; value: Value }>()
    for (const constraint of constraints) {
      const key = keyOf(constraint.condition)
      const all = [...(changed.get(key)?.all ?? this.#constraints.get(key) ?? []), constraint]
      const expectations = all.filter(({ holds }) => holds).map(({ condition }) => condition.expected)
      const others = all.map(({ condition }) => condition.expected)
      const fits = (value: Value) => all.every(({ condition, holds }) => meets(condition, value) === holds)
      const options = candidates(constraint.condition.type, [...expectations, ...others])
      const value = options.find(fits)
      if (value === undefined && !options.some((option) => option === undefined && fits(option))) return false
      changed.set(key, { all, value })
    }
    for (const [key, { all, value }] of changed) {
      this.#constraints.set(key, all)
      this.#values.set(key, value)
    }
    return true
  }

  get values(): ReadonlyMap<string, Value> {
    return this.#values
  }
}
