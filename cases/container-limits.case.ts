import type { Place, Probe } from '../harness/guest/probe.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { containerClaims } from '../harness/rules/container-claims.ts'
import { mostMemory, mostProcesses } from '../harness/rules/container-expectations.ts'
import type { GuestContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { type JudgedContainer, judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

const mebibyte = 1024 * 1024

/** Reads a cgroup v2 limit of a container, from the host's side; undefined: no limit. */
const limitOf = async (
  probe: Probe,
  { id, pid }: JudgedContainer,
  file: string,
): Promise<number | undefined> => {
  const cgroup = (await probe.processes()).find((process) => process.pid === pid)?.cgroup
  if (cgroup === undefined) {
    throw new CannotJudge(`container ${id} is in no cgroup v2 that could be read`)
  }
  const path = `/sys/fs/cgroup${cgroup}/${file}`
  const text = (await probe.host.read(path)).toString('latin1').trim()
  if (text !== 'max' && !/^\d+$/.test(text)) {
    throw new CannotJudge(`${path}: expected a number or max, found ${JSON.stringify(text.slice(0, 100))}`)
  }
  return text === 'max' ? undefined : Number(text)
}

interface Limit {
  /** The cgroup v2 file that holds it. */
  readonly file: string
  /** A larger one is as good as none. */
  readonly most: number
  /** Takes more than `limit`. */
  readonly exceed: (place: Place, limit: number) => Promise<Attempt['attempted']>
  /** Takes the same, but little of it, where nothing limits it. */
  readonly control: (host: Place) => Promise<Attempt['attempted']>
}

const judgeLimit = async (
  probe: Probe,
  container: JudgedContainer,
  { file, most, exceed, control }: Limit,
): Promise<Judgement> => {
  const limit = await limitOf(probe, container, file)
  const source = `${file} of ${container.place.name}`
  const subject = `${container.id}:${file}`
  if (limit === undefined || limit > most) {
    const found = limit === undefined ? 'no limit' : String(limit)
    const bad = [{ vantage: 'inside', source, found, expected: `at most ${most}`, subject }] as const
    return judge.findings({ vantage: 'inside', source, bad, good: [], what: 'limits' })
  }
  const attempted = await exceed(container.place, limit)
  return judge.refused(
    [{ what: `exceed ${file} (${limit}) in ${container.place.name}`, attempted, subject }],
    {
      control: [{ what: 'take a little of the same on the host', attempted: await control(probe.host) }],
      refusals: ['EAGAIN', 'ENOMEM', 'SIGKILL'],
    },
  )
}

const onContainers =
  (limit: Limit) =>
  async (context: GuestContext): Promise<Judgement> => {
    const probe = await context.probe()
    const judgements: Judgement[] = []
    for (const container of await judgedContainers(probe, context.policy)) {
      judgements.push(await judgeLimit(probe, container, limit))
    }
    return judge.all(judgements)
  }

check(
  'container.process-limit',
  {
    ...containerClaims['container.process-limit'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unlimited-container'],
  },
  onContainers({
    file: 'pids.max',
    most: mostProcesses,
    exceed: (place, limit) => place.try('fork-limit', { max: limit + 1 }),
    control: (host) => host.try('fork-limit', { max: 8 }),
  }),
)

check(
  'container.memory-limit',
  {
    ...containerClaims['container.memory-limit'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unlimited-container'],
  },
  onContainers({
    file: 'memory.max',
    most: mostMemory,
    exceed: (place, limit) => place.try('memory-limit', { bytes: limit + 16 * mebibyte }),
    control: (host) => host.try('memory-limit', { bytes: 4 * mebibyte }),
  }),
)
