import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  absent,
  atLeast,
  atMost,
  built,
  type Expectation,
  equals,
  expectationText,
  listing,
  type Match,
  match,
  noneOf,
  notOff,
  off,
  offAndKnown,
  on,
  onOrBare,
  present,
  sameAs,
} from './expectation.ts'
import { type SettingType, settingTypes } from './kernel-facts.ts'

const options = new Map([['RND_MAX', '33']])
const judged = (expected: Expectation, type: SettingType, value: string | undefined): Match =>
  match(expected, type, value, { value: (_type, name) => options.get(name) })

const exactly: Expectation = { is: 'listing', items: ['on'], without: ['off'] }

describe('an expectation', () => {
  it.each<[Expectation, SettingType, string | undefined, Match]>([
    [on, 'kconfig', 'y', 'met'],
    [on, 'kconfig', 'm', 'unmet'],
    [on, 'kconfig', 'n', 'unmet'],
    [on, 'kconfig', undefined, 'unmet'],
    [on, 'cmdline', '1', 'met'],
    [on, 'cmdline', 'on', 'met'],
    [on, 'cmdline', 'Yes', 'met'],
    [on, 'cmdline', 'true', 'met'],
    [on, 'cmdline', 'off', 'unmet'],
    [on, 'cmdline', 'o', 'unmet'],
    [on, 'cmdline', '2', 'unmet'],
    [on, 'cmdline', '', 'unmet'],
    [on, 'cmdline', undefined, 'unmet'],
    [onOrBare, 'cmdline', '', 'met'],
    [onOrBare, 'cmdline', '0', 'unmet'],
    [off, 'kconfig', 'n', 'met'],
    [off, 'kconfig', 'm', 'unmet'],
    [off, 'kconfig', 'y', 'unmet'],
    [off, 'kconfig', undefined, 'absent'],
    [offAndKnown, 'kconfig', 'n', 'met'],
    [offAndKnown, 'kconfig', undefined, 'unmet'],
    [off, 'cmdline', 'no', 'met'],
    [off, 'cmdline', '1', 'unmet'],
    [off, 'cmdline', undefined, 'unmet'],
    [off, 'sysctl', undefined, 'unmet'],
    [built, 'kconfig', 'm', 'met'],
    [built, 'kconfig', 'n', 'unmet'],
    [built, 'kconfig', undefined, 'unmet'],
    [equals('0x0'), 'kconfig', '0', 'met'],
    [equals('65536'), 'kconfig', '0x10000', 'met'],
    [equals('8'), 'sysctl', '010', 'met'],
    [equals('-1'), 'kconfig', '-1', 'met'],
    [equals('-1'), 'kconfig', '1', 'unmet'],
    [equals('auto,nosmt'), 'cmdline', 'auto', 'unmet'],
    [equals('1', '2'), 'sysctl', '2', 'met'],
    [equals('1'), 'sysctl', undefined, 'unmet'],
    [noneOf('off'), 'cmdline', undefined, 'met'],
    [noneOf('off'), 'cmdline', 'auto', 'met'],
    [noneOf('off'), 'cmdline', 'auto,off', 'unmet'],
    [noneOf('no_user_user'), 'cmdline', 'auto;no_user_user', 'unmet'],
    [notOff, 'cmdline', undefined, 'met'],
    [notOff, 'cmdline', 'on', 'met'],
    [notOff, 'cmdline', 'force', 'unmet'],
    [notOff, 'cmdline', 'anything', 'met'],
    [notOff, 'cmdline', 'N', 'unmet'],
    [atLeast(65_536), 'kconfig', '65536', 'met'],
    [atLeast(65_536), 'kconfig', '65535', 'unmet'],
    [atLeast(1), 'sysctl', 'many', 'unmet'],
    [atLeast(1), 'sysctl', undefined, 'unmet'],
    [atMost(2), 'sysctl', '3', 'unmet'],
    [atMost(2), 'sysctl', '-5', 'met'],
    [present, 'cmdline', '', 'met'],
    [present, 'cmdline', undefined, 'unmet'],
    [present, 'kconfig', 'n', 'unmet'],
    [absent, 'cmdline', undefined, 'met'],
    [absent, 'cmdline', '', 'unmet'],
    [listing('yama'), 'kconfig', 'lockdown, yama', 'met'],
    [listing('yama'), 'kconfig', 'yamaha', 'unmet'],
    [listing('selinux', 'apparmor'), 'kconfig', 'capability,apparmor', 'met'],
    [listing('yama'), 'kconfig', undefined, 'unmet'],
    [exactly, 'cmdline', 'on,sm_on', 'met'],
    [exactly, 'cmdline', 'on,off', 'unmet'],
    [sameAs('RND_MAX'), 'kconfig', '33', 'met'],
    [sameAs('RND_MAX'), 'kconfig', '28', 'unmet'],
    [sameAs('RND_MAX'), 'kconfig', undefined, 'unmet'],
    [sameAs('ELSEWHERE'), 'kconfig', '28', 'unknown'],
  ])('%j of a %s should with the value %j be %s', (expected, type, value, wanted) => {
    expect(judged(expected, type, value)).toBe(wanted)
  })

  it('should never throw, whatever the value', () => {
    const expectations = [
      on,
      onOrBare,
      off,
      built,
      equals('1'),
      noneOf('off'),
      atLeast(1),
      listing('a'),
      sameAs('RND_MAX'),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...expectations),
        fc.constantFrom(...settingTypes),
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        (expected, type, value) => {
          expect(['met', 'absent', 'unmet', 'unknown']).toContain(judged(expected, type, value))
        },
      ),
    )
  }, 60_000)

  it.each<[Expectation, SettingType, string]>([
    [on, 'kconfig', 'y'],
    [off, 'kconfig', 'not set'],
    [on, 'cmdline', '1'],
    [off, 'sysctl', '0'],
    [equals('1', '2'), 'sysctl', '1 or 2'],
    [noneOf('off'), 'cmdline', 'not off'],
    [atLeast(3), 'sysctl', 'at least 3'],
    [listing('yama'), 'kconfig', 'a list with yama'],
    [sameAs('RND_MAX'), 'sysctl', 'as CONFIG_RND_MAX'],
  ])('%j of a %s should read "%s"', (expected, type, text) => {
    expect(expectationText(expected, type)).toBe(text)
  })
})
