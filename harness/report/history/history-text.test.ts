import { describe, expect, it } from 'vitest'
import type { PastRun } from '../../record/history/history.ts'
import type { Verdict } from '../../rules/verdict.ts'
import { bootTrend, historyText, verdictTrend } from './history-text.ts'

const run = (day: number, verdict: Verdict, boots: readonly number[] = []): PastRun => ({
  id: String(day),
  target: 'reference\u001b[31m',
  architecture: 'arm64',
  kernel: '6.12.1',
  accelerator: 'tcg',
  startedAt: `2026-11-0${day}T10:20:00.000Z`,
  durationMs: 1000,
  verdicts: new Map([
    ['root.remount', verdict],
    ['root.other', 'pass'],
  ]),
  boots,
})

describe('verdictTrend', () => {
  it('should say since when a check has its verdict, and what it had before', () => {
    const runs = [run(1, 'pass'), run(2, 'fail'), run(3, 'fail')]
    expect(verdictTrend(runs, 'root.remount')).toBe(
      'root.remount: fail since 2026-11-02 (2 runs), pass before',
    )
    expect(verdictTrend(runs, 'root.other')).toBe('root.other: pass since 2026-11-01 (3 runs), never another')
    expect(verdictTrend(runs, 'root.none')).toBe('root.none was never judged')
  })
})

describe('bootTrend', () => {
  it('should call only that a trend which is beyond every earlier boot', () => {
    const old = run(1, 'pass', [1000, 1100, 1200, 1300])
    expect(bootTrend([old, run(2, 'pass', [2000, 2100, 2200, 2300])])).toContain('slower, beyond all noise')
    expect(bootTrend([old, run(2, 'pass', [1200, 2100, 2200, 2300])])).toContain('within noise')
    expect(bootTrend([old])).toBeUndefined()
  })
})

describe('historyText', () => {
  it('should list runs by image, without bytes that a terminal obeys', () => {
    const text = historyText([run(1, 'pass', [1500]), run(2, 'fail')], undefined, {
      width: 100,
      colours: false,
    })
    expect(text).toContain('reference\\x1b[31m arm64 tcg: 2 runs')
    expect(text).toMatch(/2026-11-01 10:20 {2}6\.12\.1 +boot 1\.5 s +2 passed/)
    expect(text).toContain('1 passed, 1 failed')
    expect(historyText([], undefined, { width: 100, colours: false })).toBe('no runs\n')
  })
})
