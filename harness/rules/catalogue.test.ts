import { describe, expect, it } from 'vitest'
import { Catalogue, type CheckMeta } from './catalogue.ts'

const meta: CheckMeta = {
  claim: 'root cannot be remounted writable',
  promise: 'P9',
  severity: 'critical',
  vantages: ['inside'],
  guest: 'shared',
  twins: ['tmpfs-root'],
  remedy: 'Use a file system that has no writes.',
}
const run = async () => ({ verdict: 'pass', reason: 'so', evidence: [] }) as const

describe('Catalogue', () => {
  it('should give checks back in order', () => {
    const catalogue = new Catalogue()
    catalogue.define('root.remount', meta, run)
    catalogue.define('elf.pie.static', meta, run)
    expect(catalogue.ids()).toEqual(['root.remount', 'elf.pie.static'])
    expect(catalogue.lookup('root.remount')).toMatchObject({ id: 'root.remount', promise: 'P9' })
    expect(catalogue.list()).toHaveLength(2)
  })

  it.each([
    '',
    'root',
    'Root.remount',
    'root.',
    '.remount',
    'root.re mount',
    'root..x',
    'root.Remount',
    'root1.x',
  ])('should refuse the id %j', (id) => {
    expect(() => new Catalogue().define(id, meta, run)).toThrow(/expected family\.claim in lower case/)
  })

  it('should refuse an id twice', () => {
    const catalogue = new Catalogue()
    catalogue.define('root.remount', meta, run)
    expect(() => catalogue.define('root.remount', meta, run)).toThrow(
      'found root.remount, which is defined already',
    )
  })

  it.each([
    [{ claim: ' ' }, 'expected a claim of one line, found " "'],
    [{ claim: 'a\nb' }, 'expected a claim of one line, found "a\\nb"'],
    [{ promise: 'P21' }, 'expected a promise, P1 to P20, found "P21"'],
    [{ severity: 'bad' }, 'expected a severity, one of critical, high, medium, low, found "bad"'],
    [{ vantages: [] }, 'expected at least one vantage, found []'],
    [{ twins: [] }, 'expected at least one twin on which it fails, found []'],
    [{ remedy: '' }, 'expected a remedy, found ""'],
  ])('should refuse %j', (change, message) => {
    const wrong = { ...meta, ...change } as CheckMeta
    expect(() => new Catalogue().define('root.remount', wrong, run)).toThrow(`check root.remount: ${message}`)
  })

  it('should name the nearest id for an unknown one', () => {
    const catalogue = new Catalogue()
    catalogue.define('root.remount', meta, run)
    expect(() => catalogue.lookup('root.remuont')).toThrow(
      'found "root.remuont" (did you mean "root.remount"?)',
    )
  })
})
