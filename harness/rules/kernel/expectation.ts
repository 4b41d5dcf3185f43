import type { Settings, SettingType } from './kernel-facts.ts'

/** What a setting should be. */
export type Expectation =
  /** Kconfig: built in, `y`; a module does not count. Command line and sysctl: true, as kstrtobool() reads it. */
  | { readonly is: 'on'; readonly bareIsOn?: boolean }
  /**
   * Kconfig: neither built in nor a module. Command line and sysctl: false, as kstrtobool() reads it.
   * `mustExist`: a kernel that does not know the option always behaves as if it were on.
   */
  | { readonly is: 'off'; readonly mustExist?: boolean }
  /** Kconfig only: built in or a module. */
  | { readonly is: 'built' }
  /** Equal as text, or as numbers where both are (0x0 is 0). */
  | { readonly is: 'one-of'; readonly values: readonly string[] }
  /** Not there, or anything but false, as kstrtobool() reads it. */
  | { readonly is: 'not-off' }
  /** Anything else, not being there included; none of a list with commas or semicolons may be one of these. */
  | { readonly is: 'none-of'; readonly values: readonly string[] }
  | { readonly is: 'at-least'; readonly number: number }
  | { readonly is: 'at-most'; readonly number: number }
  | { readonly is: 'present' }
  | { readonly is: 'absent' }
  /** A comma-separated list with any of `items` and none of `without`. */
  | { readonly is: 'listing'; readonly items: readonly string[]; readonly without?: readonly string[] }
  /** The value of this Kconfig option, such as a maximum. */
  | { readonly is: 'same-as'; readonly option: string }

export const on: Expectation = { is: 'on' }
/** For module parameters, which are true when named without a value. */
export const onOrBare: Expectation = { is: 'on', bareIsOn: true }
export const off: Expectation = { is: 'off' }
export const notOff: Expectation = { is: 'not-off' }
export const offAndKnown: Expectation = { is: 'off', mustExist: true }
export const built: Expectation = { is: 'built' }
export const present: Expectation = { is: 'present' }
export const absent: Expectation = { is: 'absent' }
export const equals = (...values: readonly string[]): Expectation => ({ is: 'one-of', values })
export const noneOf = (...values: readonly string[]): Expectation => ({ is: 'none-of', values })
export const atLeast = (number: number): Expectation => ({ is: 'at-least', number })
export const atMost = (number: number): Expectation => ({ is: 'at-most', number })
export const listing = (...items: readonly string[]): Expectation => ({ is: 'listing', items })
export const sameAs = (option: string): Expectation => ({ is: 'same-as', option })

/** `absent`: met only because the setting is not there. `unknown`: what it is compared with is not known. */
export type Match = 'met' | 'absent' | 'unmet' | 'unknown'

/** Decimal, hexadecimal or octal, as the kernel's kstrtoll() with base 0 takes it; undefined for anything else. */
const numberOf = (text: string): number | undefined => {
  if (/^[+-]?(?:0x[\da-f]+|\d+)$/i.test(text)) {
    const digits = text.replace(/^[+-]/, '')
    const size = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
    return text.startsWith('-') ? -size : size
  }
  return undefined
}

const equal = (a: string, b: string): boolean => {
  const number = numberOf(a)
  return a === b || (number !== undefined && number === numberOf(b))
}

/** As kstrtobool() in lib/kstrtox.c: only the first letter counts, or the first two of on and off. */
const booleanOf = (text: string): boolean | undefined => {
  if (/^(?:[1yt]|on)/i.test(text)) return true
  if (/^(?:[0nf]|of)/i.test(text)) return false
  return undefined
}

const met = (holds: boolean): Match => (holds ? 'met' : 'unmet')

const compared = (value: string, compare: (number: number) => boolean): Match => {
  const number = numberOf(value)
  return met(number !== undefined && compare(number))
}

const matchMissing = (expectation: Expectation, type: SettingType): Match => {
  switch (expectation.is) {
    case 'off':
      return type === 'kconfig' && expectation.mustExist !== true ? 'absent' : 'unmet'
    case 'not-off':
    case 'none-of':
    case 'absent':
      return 'met'
    default:
      return 'unmet'
  }
}

/**
 * How a value meets an expectation; `value` is undefined where the setting is not there.
 * @param settings where `same-as` finds its Kconfig option
 */
export const match = (
  expectation: Expectation,
  type: SettingType,
  value: string | undefined,
  settings: Pick<Settings, 'value'>,
): Match => {
  if (value === undefined) return matchMissing(expectation, type)
  switch (expectation.is) {
    case 'on':
      if (type === 'kconfig') return met(value === 'y')
      return met(value === '' ? expectation.bareIsOn === true : booleanOf(value) === true)
    case 'off':
      return met(type === 'kconfig' ? value === 'n' : booleanOf(value) === false)
    case 'built':
      return met(value === 'y' || value === 'm')
    case 'one-of':
      return met(expectation.values.some((wanted) => equal(value, wanted)))
    case 'none-of':
      return met(
        !value.split(/[,;]/).some((item) => expectation.values.some((unwanted) => equal(item, unwanted))),
      )
    case 'not-off':
      return met(booleanOf(value) !== false)
    case 'at-least':
      return compared(value, (number) => number >= expectation.number)
    case 'at-most':
      return compared(value, (number) => number <= expectation.number)
    case 'present':
      return met(type !== 'kconfig' || value !== 'n')
    case 'absent':
      return 'unmet'
    case 'listing': {
      const items = value.split(',').map((item) => item.trim())
      const { without = [] } = expectation
      return met(
        expectation.items.some((item) => items.includes(item)) &&
          !without.some((item) => items.includes(item)),
      )
    }
    case 'same-as': {
      const other = settings.value('kconfig', expectation.option)
      return other === undefined ? 'unknown' : met(equal(value, other))
    }
  }
}

const words = (items: readonly string[]): string => items.join(' or ')

/** In words, as it stands in a table after "expected": `y`, `not set`, `at least 65536`. */
export const expectationText = (expectation: Expectation, type: SettingType): string => {
  switch (expectation.is) {
    case 'on':
      return type === 'kconfig' ? 'y' : '1'
    case 'off':
      return type === 'kconfig' ? 'not set' : '0'
    case 'built':
      return 'y or m'
    case 'one-of':
      return words(expectation.values)
    case 'not-off':
      return 'not off'
    case 'none-of':
      return `not ${words(expectation.values)}`
    case 'at-least':
      return `at least ${expectation.number}`
    case 'at-most':
      return `at most ${expectation.number}`
    case 'present':
      return 'present'
    case 'absent':
      return 'absent'
    case 'listing':
      return `a list with ${words(expectation.items)}`
    case 'same-as':
      return `as CONFIG_${expectation.option}`
  }
}
