import type { Place, ProcessInfo } from '../../harness/guest/probe.ts'
import { CannotJudge } from '../../harness/rules/cannot-judge.ts'
import type { GuestContext } from '../../harness/rules/context.ts'
import { type Attempt, judge } from '../../harness/rules/judge.ts'
import { type JudgedContainer, judgedContainers } from '../../harness/rules/judged-containers.ts'
import type { Evidence, Judgement } from '../../harness/rules/verdict.ts'

/** A fact of each judged container: what is wrong with it, or what was found. */
type Examine = (
  container: JudgedContainer,
  process: ProcessInfo,
  all: readonly ProcessInfo[],
) => readonly ({ readonly what: string; readonly found: string } & (
  | { readonly expected: string }
  | { readonly fine: true }
))[]

/** Examines the first process of every judged container, as the host sees it. */
export const onProcesses =
  (what: string, examine: Examine) =>
  async (context: GuestContext): Promise<Judgement> => {
    const probe = await context.probe()
    const processes = await probe.processes()
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const container of await judgedContainers(probe, context.policy)) {
      const first = processes.find(({ pid }) => pid === container.pid)
      if (first === undefined) {
        throw new CannotJudge(`the first process of container ${container.id} ended while it was looked at`)
      }
      for (const item of examine(container, first, processes)) {
        const evidence: Evidence = {
          vantage: 'inside',
          source: `${item.what} of ${container.place.name}, seen from the host`,
          found: item.found,
        }
        if ('expected' in item) {
          bad.push({ ...evidence, expected: item.expected, subject: `${container.id}:${item.what}` })
        } else {
          good.push(evidence)
        }
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: 'the containers as the host sees them',
      bad,
      good,
      what,
    })
  }

export interface Tried {
  readonly what: string
  readonly attempted: Attempt['attempted']
}

export type Try = (place: Place) => Promise<readonly Tried[]>

/** Tries in every judged container; `controls` were tried where they must be allowed. */
export const refusedInContainers = async (
  context: GuestContext,
  tries: Try,
  controls: readonly Tried[],
  refusals: readonly string[] = [],
): Promise<Judgement> => {
  const attempts: Attempt[] = []
  for (const { id, place } of await judgedContainers(await context.probe(), context.policy)) {
    for (const { what, attempted } of await tries(place)) {
      attempts.push({ what: `${what} in ${place.name}`, attempted, subject: `${id}:${what}` })
    }
  }
  const [first, ...rest] = controls.map(({ what, attempted }) => ({ what: `${what} on the host`, attempted }))
  return first === undefined
    ? judge.inconclusive('no control was tried')
    : judge.refused(attempts, { control: [first, ...rest], refusals })
}

/** The control is the same tries, as root on the host. */
export const refusedButOnHost =
  (tries: Try) =>
  async (context: GuestContext): Promise<Judgement> =>
    refusedInContainers(context, tries, await tries((await context.probe()).host))
