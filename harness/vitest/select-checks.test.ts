import { describe, expect, it } from 'vitest'
import type { CheckId } from '../rules/catalogue.ts'
import { selectChecks } from './select-checks.ts'

const checks = ['root.remount', 'root.remount-attr', 'elf.pie', 'rooted.x'].map((id) => ({
  id: id as CheckId,
}))
const select = (...patterns: string[]) => selectChecks(checks, patterns).map(({ id }) => id)

describe('selectChecks', () => {
  it('should take all checks where there is no pattern', () => {
    expect(select()).toHaveLength(4)
  })

  it('should take exactly the check that an id names', () => {
    expect(select('root.remount')).toEqual(['root.remount'])
  })

  it('should take a family by its name, and not one that only begins like it', () => {
    expect(select('root')).toEqual(['root.remount', 'root.remount-attr'])
  })

  it('should match any characters by an asterisk, and take a dot for a dot', () => {
    expect(select('*.remount*')).toEqual(['root.remount', 'root.remount-attr'])
    expect(() => select('root-remount')).toThrow('did you mean "root.remount"?')
  })

  it('should refuse a pattern that matches nothing, even beside one that does', () => {
    expect(() => select('elf', 'kernel')).toThrow(
      expect.objectContaining({ code: 'NO_SUCH_CHECK', blame: 'usage' }),
    )
  })
})
