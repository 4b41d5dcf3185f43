import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attempted } from '../../guest/probe.ts'
import type { AttackResult } from './battery.ts'
import { changesOf } from './host-state.ts'
import { judgeAttacks, judgeHarm } from './judge-attacks.ts'

const yes: Attempted = { outcome: 'allowed', detail: 'done' }
const no: Attempted = { outcome: 'refused', errno: 'EPERM', call: 'mount' }
const never: Attempted = { outcome: 'impossible', reason: 'no such path' }

const result = (tried: Attempted, control: Attempted, onHost?: Attempted): AttackResult => ({
  attack: { what: 'mount', run: async () => tried },
  tried: new Map([['web', tried]]),
  control,
  onHost,
})

describe('judgeAttacks', () => {
  it('should pass what is refused to the container and allowed to the control, and tabulate both', () => {
    const judgement = judgeAttacks([result(no, yes)])
    expect(judgement.verdict).toBe('pass')
    expect(judgement.rows).toEqual([
      {
        container: 'web',
        property: 'mount',
        inside: 'EPERM',
        control: 'allowed',
        expected: undefined,
      },
    ])
  })

  it('should be absent where the kernel refuses it to everybody, and say so beside what was proven', () => {
    expect(judgeAttacks([result(no, no, no)]).verdict).toBe('absent')
    expect(judgeAttacks([result(no, yes), result(no, no, no)])).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('1 more the kernel refuses to everybody'),
    })
  })

  it('should be inconclusive where the control alone is refused: its container is built wrongly', () => {
    expect(judgeAttacks([result(no, no, yes)]).verdict).toBe('inconclusive')
    expect(judgeAttacks([result(never, yes)]).verdict).toBe('inconclusive')
  })

  it('should fail whatever is allowed to the container, and never pass without a control', () => {
    const any = fc.constantFrom(yes, no, never)
    fc.assert(
      fc.property(any, any, fc.option(any, { nil: undefined }), (tried, control, onHost) => {
        const { verdict } = judgeAttacks([result(tried, control, onHost)])
        expect(verdict === 'fail').toBe(tried === yes)
        expect(verdict === 'pass').toBe(tried === no && control === yes)
      }),
    )
  })
})

describe('judgeHarm', () => {
  const state = (extra: Record<string, string> = {}) =>
    new Map(Object.entries({ '/proc/sys/kernel/core_pattern': 'core', ...extra }))
  const mark = { '/dev/drydock-mark-x': 'made' }

  it('should pass where only the controls have left something', () => {
    const battery = { results: new Map(), before: state(), after: state(), harmed: state(mark) }
    expect(judgeHarm(battery).verdict).toBe('pass')
  })

  it('should fail for anything that the attacks have left, and be inconclusive where harm cannot be seen', () => {
    const harmed = { results: new Map(), before: state(), after: state(mark), harmed: state(mark) }
    expect(judgeHarm(harmed)).toMatchObject({ verdict: 'fail' })
    const blind = { results: new Map(), before: state(), after: state(), harmed: state() }
    expect(judgeHarm(blind).verdict).toBe('inconclusive')
  })

  it('should tell what has changed, come and gone', () => {
    expect([...changesOf(new Map([['a', '1']]), new Map([['b', '2']])).keys()]).toEqual(['a', 'b'])
  })
})
