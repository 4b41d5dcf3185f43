import type { Bound, RowSpec, Unit } from '../experiment.ts'

/** The same work, by Drydock and by peers. */
export interface Comparison {
  readonly name: string
  readonly unit: Unit
  /** Drydock's contender. */
  readonly ours: string
  readonly peers: readonly {
    readonly contender: string
    readonly how?: string
    /** Of the peer's time, how many times Drydock's. */
    readonly target: Bound
  }[]
  readonly how?: string
}

/** Rows for each, and for how many times faster or slower. */
export const comparisonRows = ({ name, unit, ours, peers, how }: Comparison): readonly RowSpec[] => [
  { name, unit, ...(how === undefined ? {} : { how }), value: (round) => round.figure(ours, 'ms') },
  ...peers.flatMap(({ contender, target, how: peersHow }): RowSpec[] => [
    {
      ...{ name, unit, peer: contender },
      ...(peersHow === undefined ? {} : { how: peersHow }),
      value: (round) => round.figure(contender, 'ms'),
    },
    {
      name:
        target.bound === 'at least'
          ? `${name}: the peer's time, of Drydock's`
          : `${name}: Drydock's time, of the peer's`,
      unit: 'times',
      peer: contender,
      target,
      value: (round) => {
        const [mine, theirs] = [round.figure(ours, 'ms'), round.figure(contender, 'ms')]
        return target.bound === 'at least' ? theirs / mine : mine / theirs
      },
    },
  ]),
]
