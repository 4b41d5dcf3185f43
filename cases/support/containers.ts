import type { Place } from '../../harness/guest/probe.ts'
import type { GuestContext } from '../../harness/rules/context.ts'
import { type Attempt, judge } from '../../harness/rules/judge.ts'
import { judgedContainers } from '../../harness/rules/judged-containers.ts'
import type { Judgement } from '../../harness/rules/verdict.ts'

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
