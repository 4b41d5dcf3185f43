import { type Bump, regressionsOf } from '../../record/bump/bump.ts'
import type { Change } from '../../record/bump/change.ts'
import type { Comparison } from '../../record/bump/compare-records.ts'
import type { RunRecord } from '../../record/record.ts'
import { coloursFor } from '../colours.ts'
import { block } from '../failures.ts'
import { safeLine } from '../safe-text.ts'
import type { TextOptions } from '../terminal-options.ts'
import { byCategory, changeWords, kindOrder, thingsOf } from './change-words.ts'

/** Changes of one kind and category shown one by one, but for regressions, which are shown all. */
const mostShown = 12

const sideWords = ({ target, kernel, startedAt }: RunRecord): string =>
  `${safeLine(target)}, kernel ${safeLine(kernel ?? 'unknown')}, of ${startedAt}`

const kindLines = (
  kind: Change['kind'],
  changes: readonly Change[],
  { width, colours }: TextOptions,
): readonly string[] => {
  const paint = coloursFor(colours)
  const painted = { regressed: paint.verdict('fail'), improved: paint.verdict('pass') }
  const title = kind in painted ? painted[kind as keyof typeof painted](kind) : paint.strong(kind)
  return [...byCategory(changes)].flatMap(([category, all]) => {
    const most = kind === 'regressed' ? all.length : mostShown
    return [
      ...block(`${title}: ${all.length} ${thingsOf(category)}`, 2, width),
      ...all
        .slice(0, most)
        .flatMap((change) =>
          block([safeLine(change.name, 200), changeWords(change)].filter(Boolean).join(': '), 4, width),
        ),
      ...(all.length > most ? block(`and ${all.length - most} more (--json has all)`, 4, width) : []),
    ]
  })
}

const comparisonLines = (comparison: Comparison, options: TextOptions): readonly string[] => {
  const { architecture, before, after, changes, notCompared } = comparison
  const { width } = options
  const kinds = kindOrder
    .map((kind) => [kind, changes.filter((change) => change.kind === kind)] as const)
    .filter(([, all]) => all.length > 0)
  return [
    ...block(`${architecture}: ${sideWords(before)}`, 0, width),
    ...block(`-> ${sideWords(after)}`, 2, width),
    ...(kinds.length === 0 ? ['  nothing is different'] : []),
    ...kinds.flatMap(([kind, all]) => kindLines(kind, all, options)),
    ...notCompared.flatMap(({ category, reason }) =>
      block(`not compared: ${thingsOf(category)}: ${safeLine(reason, 300)}`, 2, width),
    ),
    '',
  ]
}

/** What a bump came to, in one line: `3 regressed, 1 improved; 2 accepted`. */
export const bumpSummary = (bump: Bump): string => {
  const all = bump.comparisons.flatMap(({ changes }) => changes)
  const accepted = all.filter(({ accepted }) => accepted !== undefined).length
  const counts = kindOrder.map((kind) => {
    const count = kind === 'regressed' ? regressionsOf(bump) : all.filter((one) => one.kind === kind).length
    return `${count} ${kind}`
  })
  return [
    counts.join(', '),
    ...(accepted > 0 ? [`${accepted} accepted`] : []),
    ...(bump.problems.length > 0 ? [`${bump.problems.length} problems`] : []),
  ].join('; ')
}

/** A bump as text, regressions first per architecture. Ends with a line break. */
export const bumpText = (bump: Bump, options: TextOptions): string =>
  [
    ...bump.comparisons.flatMap((comparison) => comparisonLines(comparison, options)),
    ...bump.problems.flatMap((problem) => block(`problem: ${safeLine(problem, 400)}`, 0, options.width)),
    ...block(bumpSummary(bump), 0, options.width),
    '',
  ].join('\n')
