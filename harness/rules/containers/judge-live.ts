import { type ContainerView, containerViews } from '../../facts/container-views.ts'
import { hostMounts } from '../../facts/host-mounts.ts'
import type { Probe } from '../../guest/probe.ts'
import type { Item, Undecided } from '../bundle/bundle.ts'
import { judge } from '../judge.ts'
import { type JudgedContainer, judgedContainers } from '../judged-containers.ts'
import type { Policy } from '../policy.ts'
import type { ContainerRow, Evidence, Judgement } from '../verdict.ts'
import { isUndecided, type LiveProperty, type Surroundings } from './live.ts'

interface Sides {
  readonly host: Item | undefined
  readonly within: Item | undefined
}

/** By `what`, in the order of the host. */
const paired = (host: readonly Item[], within: readonly Item[]): ReadonlyMap<string, Sides> => {
  const names = [...new Set([...host, ...within].map(({ what }) => what))]
  const named = (items: readonly Item[], name: string) => items.find(({ what }) => what === name)
  return new Map(names.map((name) => [name, { host: named(host, name), within: named(within, name) }]))
}

/** One property of one container, as both sides show it. */
export const compareSides = (
  container: string,
  host: readonly Item[],
  within: readonly Item[],
): { readonly rows: readonly ContainerRow[]; readonly judgements: readonly Judgement[] } => {
  const rows: ContainerRow[] = []
  const judgements: Judgement[] = []
  for (const [what, sides] of paired(host, within)) {
    const expected = sides.host?.expected ?? sides.within?.expected
    const row = { container, property: what, host: sides.host?.found, inside: sides.within?.found, expected }
    rows.push(row)
    const subject = `${container}:${what}`
    const evidence = (side: 'host' | 'within', item: Item | undefined): Evidence[] => {
      if (item === undefined) return []
      const from = side === 'host' ? 'seen from the host' : 'seen from within'
      const plain = {
        vantage: 'inside',
        source: `${what} of container ${container}, ${from}`,
        found: item.found,
      } as const
      return item.expected === undefined ? [plain] : [{ ...plain, expected: item.expected, subject }]
    }
    const all = [...evidence('host', sides.host), ...evidence('within', sides.within)]
    if (sides.host !== undefined && sides.within !== undefined && sides.host.found !== sides.within.found) {
      const reason = `${what} of container ${container}: the host sees ${sides.host.found}, the container ${sides.within.found}`
      judgements.push({ verdict: 'disagree', reason, evidence: all })
    } else {
      judgements.push(
        judge.findings({
          ...{ vantage: 'inside', source: container },
          bad: all.filter((one) => one.subject !== undefined).slice(0, 1),
          good: all.filter((one) => one.subject === undefined),
        }),
      )
    }
  }
  return { rows, judgements }
}

const surroundingsOf = async (
  probe: Probe,
  judged: readonly JudgedContainer[],
): Promise<(container: JudgedContainer) => Surroundings> => {
  const all = new Map<string, ContainerView>()
  for (const container of judged) all.set(container.id, (await containerViews(probe, container)).host)
  const host = await hostView(probe)
  const mounts = await hostMounts(probe)
  return (container) => ({ container, host, hostMounts: mounts, all })
}

/** As much of the host's first process as containers are compared with. */
const hostView = async (probe: Probe): Promise<ContainerView> => {
  const first = (await probe.processes()).find(({ pid }) => pid === 1)
  return {
    ...{ side: 'host', status: undefined, mounts: undefined, label: first?.label, environment: undefined },
    ...{ directory: undefined, descriptors: new Map(), limits: new Map() },
    namespaces: new Map(Object.entries(first?.namespaces ?? {}) as [never, number][]),
  }
}

/** Judges a property of every running container, from the host and from within, and whether the two agree. */
export const judgeLive = async (probe: Probe, policy: Policy, property: LiveProperty): Promise<Judgement> => {
  const judged = await judgedContainers(probe, policy)
  const around = await surroundingsOf(probe, judged)
  const undecided: Undecided[] = []
  const rows: ContainerRow[] = []
  const judgements: Judgement[] = []
  for (const container of judged) {
    const { host, within } = await containerViews(probe, container)
    const seen = property.examine(host, around(container))
    const inside = 'unseen' in within ? undefined : property.examine(within, around(container))
    if (seen === undefined) {
      judgements.push(
        judge.inconclusive(`the host does not see the ${property.plural} of container ${container.id}`),
      )
    } else if (isUndecided(seen)) {
      undecided.push(seen)
    } else {
      const others = inside === undefined || isUndecided(inside) ? [] : inside
      const compared = compareSides(container.id, seen, others)
      rows.push(...compared.rows)
      judgements.push(...compared.judgements)
      // What the host sees can break the claim; to keep it takes both.
      if ('unseen' in within) {
        judgements.push(
          judge.inconclusive(`container ${container.id} is not seen from within: ${within.unseen}`),
        )
      }
    }
  }
  const [none] = undecided
  if (judgements.length === 0 && none !== undefined) {
    return none.verdict === 'inconclusive'
      ? judge.inconclusive(none.reason)
      : judge.notApplicable(none.reason)
  }
  return { ...summary(judgements, property), rows }
}

/** One reason for all that breaks the claim, and for all that keeps it. */
const summary = (judgements: readonly Judgement[], { plural }: LiveProperty): Judgement => {
  const judgement = judge.all(judgements)
  const failed = judgements.filter(({ verdict }) => verdict === 'fail').length
  if (judgement.verdict === 'fail') {
    return { ...judgement, reason: `${failed} of ${judgements.length} ${plural} examined break the claim` }
  }
  return judgement.verdict === 'pass'
    ? { ...judgement, reason: `all ${judgements.length} ${plural} examined keep the claim` }
    : judgement
}
