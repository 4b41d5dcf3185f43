import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoreSlots } from '../machine/core-slots.ts'
import { type Preparation, Schedule } from './schedule.ts'

let directory: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  directory = made.path
  cleanup = made.cleanup
})
afterEach(() => cleanup())

const scheduleOf = (cores: number, signal = new AbortController().signal) =>
  new Schedule({ slots: new CoreSlots({ directory, cores }), signal })

/** A record of what began, in order, and at most how many were under way. */
const observed = () => {
  const began: string[] = []
  let underWay = 0
  let most = 0
  const step =
    (name: string, until: Promise<unknown> = Promise.resolve()) =>
    async () => {
      began.push(name)
      underWay += 1
      most = Math.max(most, underWay)
      await until
      underWay -= 1
      return name
    }
  return { began, step, most: () => most }
}

const guest = (prepare: () => Promise<unknown>, expectedMs = 10_000): Preparation => ({
  expectedMs,
  prepare: async () => void (await prepare()),
})

describe('Schedule', () => {
  it('should run the longest first', async () => {
    const { began, step } = observed()
    const schedule = scheduleOf(1)
    const jobs = [1, 30, 20].map((expectedMs) => ({ expectedMs, run: step(`${expectedMs}`) }))
    expect(await Promise.all(jobs.map((job) => schedule.run(job)))).toEqual(['1', '30', '20'])
    expect(began).toEqual(['30', '20', '1'])
  })

  it('should use every core and not one more', async () => {
    const { step, most } = observed()
    const schedule = scheduleOf(3)
    const gate = Promise.withResolvers<void>()
    const jobs = [1, 2, 3, 4, 5].map((expectedMs) =>
      schedule.run({ expectedMs, run: step('job', gate.promise) }),
    )
    await expect.poll(most).toBe(3)
    gate.resolve()
    await Promise.all(jobs)
    expect(most()).toBe(3)
  })

  it('should prepare once, do what needs nothing meanwhile, and then what had to wait', async () => {
    const { began, step } = observed()
    const schedule = scheduleOf(2)
    const booted = Promise.withResolvers<void>()
    const needs = guest(step('boot', booted.promise))
    const reads = [1, 2].map((expectedMs) =>
      schedule.run({ expectedMs, needs, run: step(`read ${expectedMs}`) }),
    )
    const artefact = schedule.run({ expectedMs: 1, run: step('artefact') })
    await artefact
    expect(began).toEqual(['boot', 'artefact'])
    booted.resolve()
    await Promise.all(reads)
    expect(began).toEqual(['boot', 'artefact', 'read 2', 'read 1'])
  })

  it('should not keep a core waiting for what somebody else prepares', async () => {
    const { began, step } = observed()
    const schedule = scheduleOf(2)
    const booted = Promise.withResolvers<void>()
    const needs = guest(step('boot', booted.promise), 20_000)
    const jobs = [
      schedule.run({ expectedMs: 1, needs, run: step('read') }),
      schedule.run({ expectedMs: 3, needs: guest(step('cold boot')), uses: needs, run: step('compare') }),
      schedule.run({ expectedMs: 2, run: step('artefact') }),
    ]
    await jobs[2]
    expect(began).toEqual(['boot', 'cold boot', 'artefact'])
    booted.resolve()
    await Promise.all(jobs)
    expect(began.slice(3)).toEqual(['compare', 'read'])
  })

  it('should do without what nobody prepares', async () => {
    const { began, step } = observed()
    await scheduleOf(1).run({ expectedMs: 1, uses: guest(step('boot')), run: step('compare') })
    expect(began).toEqual(['compare'])
  })

  it('should use up a guest that is there before it boots another', async () => {
    const { began, step } = observed()
    const schedule = scheduleOf(1)
    const one = guest(step('boot one'), 2)
    const two = guest(step('boot two'), 1)
    await Promise.all(
      [one, two].map((needs, index) => schedule.run({ expectedMs: 1, needs, run: step(`read ${index}`) })),
    )
    expect(began).toEqual(['boot one', 'read 0', 'boot two', 'read 1'])
  })

  it('should do at once what keeps a guest that is there from being cleared away', async () => {
    const { began, step } = observed()
    const schedule = scheduleOf(1)
    const one = guest(step('boot one'), 2)
    const two = guest(step('boot two'), 1)
    await Promise.all([
      schedule.run({ expectedMs: 1, holds: one, run: step('artefact of one') }),
      schedule.run({ expectedMs: 2, needs: one, run: step('read one') }),
      schedule.run({ expectedMs: 1, needs: two, run: step('read two') }),
    ])
    expect(began).toEqual(['boot one', 'read one', 'artefact of one', 'boot two', 'read two'])
  })

  it('should tell a failure to the one who asked, and go on', async () => {
    const { step } = observed()
    const schedule = scheduleOf(1)
    const failing = schedule.run({ expectedMs: 2, run: () => Promise.reject(new Error('broken')) })
    const other = schedule.run({ expectedMs: 1, run: step('other') })
    await expect(failing).rejects.toThrow('broken')
    expect(await other).toBe('other')
  })

  it('should give up what has not begun when it is told to', async () => {
    const { step } = observed()
    const stop = new AbortController()
    const schedule = scheduleOf(1, stop.signal)
    const gate = Promise.withResolvers<void>()
    const running = schedule.run({ expectedMs: 2, run: step('running', gate.promise) })
    const waiting = schedule.run({ expectedMs: 1, run: step('waiting') })
    setImmediate(() => stop.abort(new Error('interrupted')))
    await expect(waiting).rejects.toThrow('interrupted')
    gate.resolve()
    expect(await running).toBe('running')
    await expect(schedule.run({ expectedMs: 1, run: step('late') })).rejects.toThrow('interrupted')
  })

  it('should leave nobody waiting when jobs come in while others end', async () => {
    const { step } = observed()
    const schedule = scheduleOf(2)
    const all = Array.from({ length: 50 }, async (_, index) => {
      await new Promise((resolve) => setImmediate(resolve))
      return await schedule.run({ expectedMs: index, run: step(`${index}`) })
    })
    expect(await Promise.all(all)).toHaveLength(50)
  })
})
