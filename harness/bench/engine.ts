import { messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import type { Contender, Experiment, Figures, Round, RowSpec, World } from './experiment.ts'
import type { Row } from './row.ts'
import { summarise } from './statistics.ts'

/** A contender that failed so often in a row is not run any more. */
const patience = 2
const noteLimit = 400

export interface EngineOptions {
  readonly world: World
  /** How often each contender is run. */
  readonly runs: number
  /** Which rows are wanted of an experiment. */
  readonly wants: (experiment: Experiment, row: RowSpec) => boolean
  /** Names the machine in each row. */
  readonly machine: string
  readonly now?: () => Date
  /** Told of each experiment's rows as soon as they are known. */
  readonly onRows?: (rows: readonly Row[]) => void
  readonly signal?: AbortSignal | undefined
}

/** A figure that a row needs and a round does not have. */
export class MissingFigure extends Error {
  readonly contender: string
  readonly why: string

  constructor(contender: string, why: string) {
    super(`${contender}: ${why}`)
    this.contender = contender
    this.why = why
  }
}

type Outcome = { readonly figures: Figures } | { readonly failure: string }

/** Runs experiments one after the other. Whatever goes wrong in one stays in its rows. */
export const runExperiments = async (
  experiments: readonly Experiment[],
  options: EngineOptions,
): Promise<Row[]> => {
  const all: Row[] = []
  for (const experiment of experiments) {
    if (!experiment.rows.some((row) => options.wants(experiment, row))) continue
    options.signal?.throwIfAborted()
    const rows = await runExperiment(experiment, options)
    all.push(...rows)
    options.onRows?.(rows)
  }
  return all
}

const runExperiment = async (experiment: Experiment, options: EngineOptions): Promise<Row[]> => {
  const specs = experiment.rows.filter((row) => options.wants(experiment, row))
  const asRow = rowMaker(experiment, options)
  try {
    await using prepared = await experiment.prepare(options.world)
    const rounds = await interleave(neededBy(specs, prepared.contenders), {
      runs: Math.min(options.runs, experiment.mostRuns ?? options.runs),
      onRun: (name, round, runs) =>
        options.world.progress({
          ...(experiment.architecture === undefined ? {} : { architecture: experiment.architecture }),
          step: `bench ${experiment.name}`,
          detail: `${name}, run ${round + 1} of ${runs}`,
        }),
      signal: options.signal,
    })
    return specs.map((spec) => asRow(spec, ...valuesOf(spec, rounds)))
  } catch (error) {
    options.signal?.throwIfAborted()
    return specs.map((spec) => asRow(spec, [], [`not measured: ${shown(error)}`]))
  }
}

/** The contenders that the rows look at: those who are not asked about need not run. */
const neededBy = (specs: readonly RowSpec[], contenders: readonly Contender[]): readonly Contender[] => {
  const names = new Set<string>()
  const asked: Round = {
    figure: (name) => {
      names.add(name)
      return 1
    },
  }
  for (const spec of specs) spec.value(asked)
  return contenders.filter(({ name }) => names.has(name))
}

export interface InterleaveOptions {
  readonly runs: number
  readonly onRun?: (contender: string, round: number, runs: number) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs every contender once per round, the order turned round each time, so that a machine that gets slower or faster
 * meanwhile does not favour one of them.
 */
export const interleave = async (
  contenders: readonly Contender[],
  { runs, onRun, signal }: InterleaveOptions,
): Promise<Round[]> => {
  const failedInARow = new Map<string, number>()
  const last = new Map<string, string>()
  const rounds: Round[] = []
  for (let round = 0; round < runs; round += 1) {
    const outcomes = new Map<string, Outcome>()
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      signal?.throwIfAborted()
      const { name } = contender
      if ((failedInARow.get(name) ?? 0) >= patience) {
        outcomes.set(name, { failure: last.get(name) ?? 'it failed before' })
        continue
      }
      onRun?.(name, round, runs)
      const outcome = await outcomeOf(contender, round)
      outcomes.set(name, outcome)
      if ('failure' in outcome) {
        failedInARow.set(name, (failedInARow.get(name) ?? 0) + 1)
        last.set(name, outcome.failure)
      } else failedInARow.delete(name)
    }
    rounds.push({ figure: (name, what) => figureOf(outcomes, name, what) })
  }
  return rounds
}

const outcomeOf = async (contender: Contender, round: number): Promise<Outcome> => {
  try {
    return { figures: await contender.measure(round) }
  } catch (error) {
    return { failure: shown(error) }
  }
}

const figureOf = (outcomes: ReadonlyMap<string, Outcome>, name: string, what: string): number => {
  const outcome = outcomes.get(name)
  if (outcome === undefined) throw new MissingFigure(name, 'there is no contender of this name')
  if ('failure' in outcome) throw new MissingFigure(name, outcome.failure)
  const figure = outcome.figures[what]
  if (figure === undefined) throw new MissingFigure(name, `it does not measure ${what}`)
  return figure
}

/** The row's value of each round that has one, and why the others have none. */
const valuesOf = (spec: RowSpec, rounds: readonly Round[]): [number[], string[]] => {
  const values: number[] = []
  const failures: string[] = []
  for (const round of rounds) {
    try {
      values.push(spec.value(round))
    } catch (error) {
      if (!(error instanceof MissingFigure)) throw error
      failures.push(error.contender === spec.peer ? error.why : error.message)
    }
  }
  const [first] = failures
  if (first === undefined) return [values, []]
  return [
    values,
    [values.length === 0 ? first : `${failures.length} of ${rounds.length} runs failed: ${first}`],
  ]
}

const rowMaker =
  (experiment: Experiment, options: EngineOptions) =>
  (spec: RowSpec, samples: readonly number[], problems: readonly string[]): Row => {
    const summary = samples.length === 0 ? undefined : summarise(samples)
    const notes = [...problems, ...(spec.how === undefined ? [] : [spec.how])]
    return {
      name: spec.name,
      architecture: experiment.architecture ?? null,
      value: summary?.median ?? null,
      unit: spec.unit,
      target:
        spec.target === undefined
          ? null
          : `${spec.target.bound === 'at most' ? '<=' : '>='} ${spec.target.value}`,
      met: summary === undefined ? null : isMet(spec, summary.median),
      peer: spec.peer ?? null,
      size: spec.size ?? null,
      experiment: experiment.name,
      samples: [...samples],
      min: summary?.min ?? null,
      max: summary?.max ?? null,
      note: notes.length === 0 ? null : notes.join('; '),
      measuredAt: (options.now?.() ?? new Date()).toISOString(),
      machine: options.machine,
    }
  }

const isMet = ({ target }: RowSpec, value: number): boolean | null => {
  if (target === undefined) return null
  return target.bound === 'at most' ? value <= target.value : value >= target.value
}

const shown = (error: unknown): string => neutraliseLine(messageOf(error), noteLimit)
