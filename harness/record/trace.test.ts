import { describe, expect, it } from 'vitest'
import { Trace } from './trace.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('Trace', () => {
  it('should keep the spans of work that goes on at the same time apart', async () => {
    const trace = new Trace()
    const check = (lane: number) =>
      trace.onLane(lane, () =>
        trace.span(`check ${lane}`, async () => {
          await tick()
          return await trace.span(`fork ${lane}`, tick)
        }),
      )
    await Promise.all([check(0), check(1)])
    const lanes = trace.spans.map(({ name, lane }) => `${name} on ${lane}`)
    expect(lanes.toSorted()).toEqual(['check 0 on 0', 'check 1 on 1', 'fork 0 on 0', 'fork 1 on 1'])
    const [fork, check0] = ['fork 0', 'check 0'].map((name) => trace.spans.find((span) => span.name === name))
    expect(fork?.from).toBeGreaterThanOrEqual(check0?.from ?? Number.NaN)
    expect(fork?.to).toBeLessThanOrEqual(check0?.to ?? Number.NaN)
  })

  it('should measure what fails, and pass the failure on', async () => {
    const trace = new Trace()
    await expect(trace.span('boot', () => Promise.reject(new Error('panic')))).rejects.toThrow('panic')
    expect(trace.spans).toMatchObject([{ name: 'boot' }])
  })

  it('should write events that begin at zero, in microseconds', () => {
    const trace = new Trace()
    trace.add('kernel', 1000, 1002.5)
    trace.add('init', 1002.5, 1003)
    expect(JSON.parse(trace.toJson('reference arm64'))).toMatchObject({
      omitted: 0,
      traceEvents: [
        { ph: 'M', args: { name: 'reference arm64' } },
        { ph: 'M', args: { name: 'core 0' } },
        { ph: 'X', name: 'kernel', ts: 0, dur: 2500 },
        { ph: 'X', name: 'init', ts: 2500, dur: 500 },
      ],
    })
  })
})
