import type { Attempted, Place } from '../../guest/probe.ts'
import type { Shell } from '../../guest/shell.ts'
import type { AttackContext } from '../context.ts'
import { type Attempt, judge } from '../judge.ts'
import { judgedContainers } from '../judged-containers.ts'
import type { ContainerRow, Evidence, Judgement } from '../verdict.ts'

interface Exhaustion {
  readonly what: string
  readonly run: (place: Place) => Promise<Attempted>
  /** The same, but little of it. */
  readonly control: (host: Place) => Promise<Attempted>
}

const mebibyte = 1024 * 1024

/** More than any service needs, and less than what a host of 512 MiB has. */
const exhaustions: readonly Exhaustion[] = [
  {
    what: 'open 65536 files at once',
    run: (place) => place.try('fill-descriptors', { count: 65_536 }),
    control: (host) => host.try('fill-descriptors', { count: 64 }),
  },
  {
    what: 'make 20000 files',
    run: (place) => place.try('fill-files', { count: 20_000 }),
    control: (host) => host.try('fill-files', { count: 64 }),
  },
  {
    what: 'fill 128 MiB',
    run: (place) => place.try('fill-space', { bytes: 128 * mebibyte }),
    control: (host) => host.try('fill-space', { bytes: mebibyte }),
  },
]

const refusals = ['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EFBIG', 'ENOMEM', 'SIGKILL']

/** Milliseconds within which the shell of the host must answer, unless it took as long before. */
const answerMs = 2000
const patienceMs = 60_000

const answerTime = async (shell: Shell, reason: string): Promise<number> => {
  const began = performance.now()
  await shell.run(['true'], { timeoutMs: patienceMs, reason })
  return performance.now() - began
}

/** The longest that the shell takes to answer while something goes on. */
const slowestAnswer = async (shell: Shell, what: string, work: Promise<unknown>): Promise<number> => {
  let working = true
  const done = work.finally(() => {
    working = false
  })
  let slowest = 0
  while (working)
    slowest = Math.max(slowest, await answerTime(shell, `to see the host answer during: ${what}`))
  await done
  return slowest
}

/** Takes all that a container can get, one thing after the other, and has the host's shell answer meanwhile. */
export const judgeExhaustion = async (context: AttackContext): Promise<Judgement> => {
  const guest = await context.guest()
  const probe = await guest.probe()
  await answerTime(guest.shell, 'to see the host answer before anything is tried')
  const usual = await answerTime(guest.shell, 'to know how long the host takes to answer')
  const limit = Math.max(answerMs, 4 * usual)
  const controls: Attempt[] = []
  for (const { what, control } of exhaustions) {
    controls.push({ what: `a little of: ${what}, on the host`, attempted: await control(probe.host) })
  }
  const attempts: Attempt[] = []
  const answers: Evidence[] = []
  const rows: ContainerRow[] = []
  for (const { id, place } of await judgedContainers(probe, context.policy)) {
    for (const [index, { what, run }] of exhaustions.entries()) {
      const work = run(place)
      const slowest = Math.round(await slowestAnswer(guest.shell, what, work))
      const attempted = await work
      attempts.push({ what: `${what} in ${place.name}`, attempted, subject: `${id}:${what}` })
      const evidence = {
        vantage: 'inside',
        source: `the host's shell during: ${what} in ${place.name}`,
      } as const
      const found = `answers within ${slowest} ms`
      const late = slowest > limit
      answers.push(
        late
          ? { ...evidence, found, expected: `within ${Math.round(limit)} ms`, subject: `${id}:answer` }
          : { ...evidence, found },
      )
      const inside = attempted.outcome === 'refused' ? attempted.errno : attempted.outcome
      const expected = attempted.outcome === 'allowed' || late ? 'stopped, and the host answers' : undefined
      const host = late ? 'answers late' : 'answers in time'
      const control = controls[index]?.attempted.outcome
      rows.push({ container: id, property: what, inside, host, expected, control })
    }
  }
  const [first, ...rest] = controls
  if (first === undefined) return judge.inconclusive('no control was tried')
  const answered = judge.findings({
    ...{ vantage: 'inside', source: "the host's shell", what: 'answers' },
    bad: answers.filter(({ subject }) => subject !== undefined),
    good: answers.filter(({ subject }) => subject === undefined),
  })
  return { ...judge.all([judge.refused(attempts, { control: [first, ...rest], refusals }), answered]), rows }
}
