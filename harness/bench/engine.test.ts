import { describe, expect, it } from 'vitest'
import { silent } from '../common/progress.ts'
import { interleave, runExperiments } from './engine.ts'
import type { Contender, Experiment, RowSpec, World } from './experiment.ts'

const guestless = { name: 'none', source: 'test', guests: {}, policyPath: undefined }
const world: World = {
  reference: { release: guestless, debug: guestless },
  accelerator: 'never',
  scratch: '/nonexistent',
  progress: silent,
}

/** A contender whose runs take what `times` says, one after the other; an error is thrown. */
const contender = (name: string, times: readonly (number | Error)[], log: string[] = []): Contender => {
  let next = 0
  return {
    name,
    measure: async () => {
      log.push(name)
      const time = times[next]
      next += 1
      if (time === undefined) throw new Error('ran more often than expected')
      if (time instanceof Error) throw time
      return { ms: time }
    },
  }
}

const ratio: RowSpec = {
  name: 'ratio',
  unit: 'times',
  target: { bound: 'at most', value: 1.5 },
  value: (round) => round.figure('ours', 'ms') / round.figure('bare', 'ms'),
}
const bareTime: RowSpec = { name: 'bare', unit: 'ms', value: (round) => round.figure('bare', 'ms') }

const experiment = (contenders: readonly Contender[], rows: readonly RowSpec[]): Experiment => ({
  name: 'test',
  architecture: 'arm64',
  rows,
  prepare: async () => ({ contenders, async [Symbol.asyncDispose]() {} }),
})

const run = (experiments: readonly Experiment[], runs = 3) =>
  runExperiments(experiments, {
    world,
    runs,
    wants: () => true,
    machine: 'm',
    now: () => new Date('2030-01-01T00:00:00Z'),
  })

describe('interleave', () => {
  it('should run every contender once per round and turn the order round', async () => {
    const log: string[] = []
    await interleave([contender('a', [1, 1, 1], log), contender('b', [1, 1, 1], log)], { runs: 3 })
    expect(log).toEqual(['a', 'b', 'b', 'a', 'a', 'b'])
  })

  it('should stop between two runs when it is told to', async () => {
    const controller = new AbortController()
    const log: string[] = []
    const stop: Contender = {
      name: 'stop',
      measure: async () => {
        controller.abort(new Error('enough'))
        return {}
      },
    }
    await expect(
      interleave([stop, contender('later', [1], log)], { runs: 1, signal: controller.signal }),
    ).rejects.toThrow('enough')
    expect(log).toEqual([])
  })
})

describe('runExperiments', () => {
  it('should take the ratio within each round, then the median', async () => {
    // The machine is ten times slower in the second round; the ratio of medians would be 1.1 / 1.
    const ours = contender('ours', [1.2, 13, 1.1])
    const [row] = await run([experiment([ours, contender('bare', [1, 10, 1])], [ratio])])
    expect(row).toMatchObject({
      name: 'ratio',
      architecture: 'arm64',
      unit: 'times',
      target: '<= 1.5',
      met: true,
      peer: null,
      measuredAt: '2030-01-01T00:00:00.000Z',
      machine: 'm',
    })
    expect(row?.value).toBeCloseTo(1.2)
    expect(row?.samples.map((sample) => sample.toFixed(1))).toEqual(['1.2', '1.3', '1.1'])
    expect([row?.min, row?.max].map((value) => value?.toFixed(1))).toEqual(['1.1', '1.3'])
  })

  it('should show a target that is not met', async () => {
    const [row] = await run([experiment([contender('ours', [2]), contender('bare', [1])], [ratio])], 1)
    expect(row).toMatchObject({ value: 2, met: false })
  })

  it('should say in the row why it could not be measured, and still measure the others', async () => {
    const broken = contender('ours', [new Error('no 9p\u001b[2J in the guest'), new Error('again')])
    const rows = await run([experiment([broken, contender('bare', [1, 2, 3])], [ratio, bareTime])])
    expect(rows[0]).toMatchObject({ value: null, met: null, samples: [] })
    expect(rows[0]?.note).toBe('ours: no 9p\\x1b[2J in the guest')
    expect(rows[1]).toMatchObject({ value: 2, samples: [1, 2, 3], note: null })
  })

  it('should give up a contender after two failures in a row, not after one', async () => {
    const failure = new Error('died')
    const flaky = contender('bare', [failure, 1, failure, failure])
    const [row] = await run([experiment([flaky], [bareTime])], 5)
    expect(row).toMatchObject({ samples: [1], note: '4 of 5 runs failed: bare: died' })
  })

  it('should not run a contender that no wanted row looks at', async () => {
    const log: string[] = []
    const contenders = [contender('ours', [1], log), contender('bare', [1], log)]
    await run([experiment(contenders, [bareTime])], 1)
    expect(log).toEqual(['bare'])
  })

  it('should keep every row of an experiment that cannot be prepared', async () => {
    const unprepared: Experiment = {
      name: 'test',
      architecture: undefined,
      rows: [ratio, bareTime],
      prepare: async () => {
        throw new Error('no QEMU')
      },
    }
    const rows = await run([unprepared])
    expect(rows.map(({ note }) => note)).toEqual(['not measured: no QEMU', 'not measured: no QEMU'])
  })

  it('should not hide a mistake in a row', async () => {
    const wrong: RowSpec = { name: 'wrong', unit: 's', value: (round) => round.figure('nobody', 'ms') }
    const [row] = await run([experiment([contender('bare', [1])], [wrong])], 1)
    expect(row?.note).toBe('nobody: there is no contender of this name')
  })
})
