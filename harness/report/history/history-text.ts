import type { PastRun } from '../../record/history/history.ts'
import { isGreen, type Verdict } from '../../rules/verdict.ts'
import { coloursFor } from '../colours.ts'
import { safeLine } from '../safe-text.ts'
import type { TextOptions } from '../terminal-options.ts'
import { countWords, duration } from '../words.ts'

/** Runs shown one by one per image and architecture; the JSON has all. */
const mostShown = 30

/** Boots of one half of a history without which no trend is told. */
const fewestBoots = 4

const median = (values: readonly number[]): number | undefined => {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

const countsOf = ({ verdicts }: PastRun): string => {
  const counts = Map.groupBy(verdicts.values(), (verdict) => verdict)
  return [...counts]
    .sort(([one], [other]) => Number(isGreen(other)) - Number(isGreen(one)))
    .map(([verdict, all]) => `${all.length} ${countWords[verdict]}`)
    .join(', ')
}

const runLine = (run: PastRun, check: string | undefined, { colours }: TextOptions): string => {
  const paint = coloursFor(colours)
  const verdict = check === undefined ? undefined : run.verdicts.get(check)
  const boot = median(run.boots)
  return [
    `  ${run.startedAt.slice(0, 16).replace('T', ' ')}`,
    safeLine(run.kernel ?? 'unknown kernel', 40).padEnd(32),
    (boot === undefined ? '' : `boot ${duration(boot)}`).padEnd(12),
    check === undefined
      ? countsOf(run)
      : verdict === undefined
        ? 'not judged'
        : paint.verdict(verdict)(verdict),
  ]
    .join('  ')
    .trimEnd()
}

/** `fail since 2026-11-02 (2 runs), pass before`: the last verdict, and when it was another. */
export const verdictTrend = (runs: readonly PastRun[], check: string): string => {
  const judged = runs.flatMap(({ verdicts, startedAt }): { verdict: Verdict; day: string }[] => {
    const verdict = verdicts.get(check)
    return verdict === undefined ? [] : [{ verdict, day: startedAt.slice(0, 10) }]
  })
  const last = judged.at(-1)
  if (last === undefined) return `${check} was never judged`
  const turn = judged.findLastIndex(({ verdict }) => verdict !== last.verdict)
  const since = judged[turn + 1]?.day ?? last.day
  const before = judged[turn]
  const count = judged.length - turn - 1
  const runsWord = count === 1 ? '1 run' : `${count} runs`
  return `${check}: ${last.verdict} since ${since} (${runsWord})${before === undefined ? ', never another' : `, ${before.verdict} before`}`
}

/** How the newer half of the boots compares with the older one; undefined where there are too few, or none is apart. */
export const bootTrend = (runs: readonly PastRun[]): string | undefined => {
  const boots = runs.flatMap((run) => run.boots)
  const half = Math.floor(boots.length / 2)
  const [older, newer] = [boots.slice(0, half), boots.slice(half)]
  const [from, to] = [median(older), median(newer)]
  if (half < fewestBoots || from === undefined || to === undefined) return undefined
  const apart = Math.min(...newer) > Math.max(...older) || Math.max(...newer) < Math.min(...older)
  const change = apart
    ? to > from
      ? 'slower, beyond all noise'
      : 'faster, beyond all noise'
    : 'within noise'
  return `boot: median ${duration(from)}, then ${duration(to)}: ${change}`
}

/** Runs by image and architecture, each with its trends. Ends with a line break. */
export const historyText = (
  runs: readonly PastRun[],
  check: string | undefined,
  options: TextOptions,
): string => {
  if (runs.length === 0) return 'no runs\n'
  const groups = Map.groupBy(runs, ({ target, architecture, accelerator }) =>
    [safeLine(target), architecture, ...(accelerator === null ? [] : [accelerator])].join(' '),
  )
  return [...groups]
    .flatMap(([name, all]) => {
      const left = all.length - mostShown
      return [
        `${name}: ${all.length} runs`,
        ...(left > 0 ? [`  ${left} older ones (--json has all)`] : []),
        ...all.slice(-mostShown).map((run) => runLine(run, check, options)),
        ...[check === undefined ? undefined : verdictTrend(all, check), bootTrend(all)].flatMap((line) =>
          line === undefined ? [] : [`  ${line}`],
        ),
        '',
      ]
    })
    .join('\n')
}
