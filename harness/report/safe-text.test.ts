import { describe, expect, it } from 'vitest'
import { safeLine, safeLines } from './safe-text.ts'

describe('safeLine', () => {
  it.each([
    ['plain text, fe80::5054:ff and ::1', 'plain text, fe80::5054:ff and ::1'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['::error file=a::b', '\\x3a:error file=a\\x3a:b'],
    [
      'x ##[group]y ##vso[task] ##teamcity[z] ###[a]',
      'x \\x23#[group]y \\x23#vso[task] \\x23#teamcity[z] #\\x23#[a]',
    ],
    ['a\nb\tc\r\nd', 'a b c d'],
  ])('should show %j', (text, shown) => {
    expect(safeLine(text)).toBe(shown)
  })
})

describe('safeLines', () => {
  it('should keep lines', () => {
    expect(safeLines('a\tb\r\nc\n\n')).toEqual(['a  b', 'c'])
  })
})
