import type { Architecture } from '../common/architecture.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { Target } from '../target/target.ts'

/** Figures of one run of one contender, by what they measure, each in the unit that its row says. */
export type Figures = Readonly<Record<string, number>>

/** One of the things that are compared: the harness, bare QEMU, a peer. */
export interface Contender {
  readonly name: string
  /** One run. Throws where it cannot be measured; the error's message goes into the rows that needed it. */
  measure(round: number): Promise<Figures>
}

/** What ran side by side: one run of each contender. */
export interface Round {
  /** @throws MissingFigure where that contender failed in this round or does not measure this */
  figure(contender: string, what: string): number
}

export type Unit = 'ms' | 's' | 'times' | '%' | 'MiB' | 'KiB'

/** A line of the benchmark's table, known before anything has run, so that none can go missing. */
export interface RowSpec {
  readonly name: string
  readonly unit: Unit
  readonly target?: Bound
  /** Whom the row measures, where it is not Drydock. */
  readonly peer?: string
  /** Where the same is measured at several sizes: `64 forks`, `1024 MiB`. */
  readonly size?: string
  /** How it was measured, where the name does not say it. */
  readonly how?: string
  readonly value: (round: Round) => number
}

/** A bound that the value must keep. */
export interface Bound {
  readonly bound: 'at most' | 'at least'
  readonly value: number
}

/** Where and on what experiments run. */
export interface World {
  /** The reference image: as it ships, and with a login on its console. */
  readonly reference: { readonly release: Target; readonly debug: Target }
  readonly accelerator: AcceleratorPolicy
  /** An existing folder for whatever experiments write, removed at the end. */
  readonly scratch: string
  readonly progress: ProgressListener
}

export interface Prepared extends AsyncDisposable {
  readonly contenders: readonly Contender[]
}

/** Rows that are measured together, round by round, so that their ratios are of the same minutes. */
export interface Experiment {
  /** For `--only`: `boot`, `peers`. */
  readonly name: string
  readonly architecture: Architecture | undefined
  readonly rows: readonly RowSpec[]
  /** Runs where so many are enough, since each takes long. @default those that were asked for */
  readonly mostRuns?: number
  prepare(world: World): Promise<Prepared>
}
