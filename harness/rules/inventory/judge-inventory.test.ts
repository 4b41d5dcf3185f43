import { describe, expect, it } from 'vitest'
import { type InventoryQuestion, judgeInventory } from './judge-inventory.ts'

const ask = (
  entries: Record<string, string>,
  expected: Record<string, string> | undefined,
  more: Partial<InventoryQuestion> = {},
) =>
  judgeInventory({
    things: 'programs',
    vantage: 'at-rest',
    collected: { entries: new Map(Object.entries(entries)), source: 'the image', looked: 9, unread: [] },
    expected: expected === undefined ? undefined : new Map(Object.entries(expected)),
    list: 'inventory.yml',
    standardSuffices: false,
    ...more,
  })

const subjects = (judgement: ReturnType<typeof ask>) =>
  judgement.evidence.flatMap(({ subject }) => (subject === undefined ? [] : [subject]))

describe('judgeInventory', () => {
  it('should pass where both are the same', () => {
    expect(ask({ '/a': 'program', '/b': '' }, { '/a': 'program', '/b': '' }).verdict).toBe('pass')
  })

  it('should fail for what is not listed, and for what is listed and not there', () => {
    const judgement = ask({ '/a': '', '/new': '' }, { '/a': '', '/gone': 'program' })
    expect(judgement.verdict).toBe('fail')
    expect(subjects(judgement)).toEqual(['/new', '/gone'])
    expect(judgement.evidence[1]).toMatchObject({
      found: 'no /gone',
      expected: '/gone: program, which inventory.yml lists',
    })
  })

  it('should fail where what is told of it is another thing', () => {
    const judgement = ask({ '/run': 'tmpfs rw' }, { '/run': 'tmpfs rw,noexec' })
    expect(judgement).toMatchObject({
      verdict: 'fail',
      evidence: [{ found: '/run: tmpfs rw', subject: '/run' }],
    })
    expect(ask({ '/run': 'tmpfs rw' }, { '/run': '' }).verdict).toBe('pass')
  })

  it('should fail what the standard forbids, listed or not', () => {
    const standard = (name: string) => (name === '/key' ? 'no key' : undefined)
    expect(ask({ '/key': '' }, { '/key': '' }, { standard }).verdict).toBe('fail')
    expect(ask({ '/key': '' }, undefined, { standard }).verdict).toBe('fail')
    expect(ask({ '/a': '' }, undefined, { standard, standardSuffices: true }).verdict).toBe('pass')
  })

  it('should be inconclusive without a list, and say how to get one', () => {
    const judgement = ask({ '/a': '' }, undefined, { list: 'the policy names no inventory' })
    expect(judgement.verdict).toBe('inconclusive')
    expect(judgement.reason).toContain('drydock baseline')
  })

  it('should pass where nothing is expected and nothing is found, if somebody looked', () => {
    expect(ask({}, {})).toMatchObject({ verdict: 'pass', evidence: [{ found: 'no programs at all' }] })
    const blind = { entries: new Map(), source: 'nowhere', looked: 0, unread: [] }
    expect(ask({}, {}, { collected: blind }).verdict).toBe('inconclusive')
  })

  it('should not pass where something could not be looked at', () => {
    const unread = [{ subject: '/damaged', reason: 'it ends too early' }]
    const collected = { entries: new Map([['/a', '']]), source: 'the image', looked: 1, unread }
    expect(ask({}, { '/a': '' }, { collected })).toMatchObject({
      verdict: 'inconclusive',
      reason: '/damaged could not be looked at: it ends too early',
    })
    expect(ask({}, { '/b': '' }, { collected }).verdict).toBe('fail')
  })
})
