import type { Bump } from '../../record/bump/bump.ts'
import type { Comparison } from '../../record/bump/compare-records.ts'
import { safeLine } from '../safe-text.ts'
import { bumpSummary } from './bump-text.ts'
import { byCategory, changeWords, kindOrder, thingsOf } from './change-words.ts'

/** Rows of one table; a comment on a pull request has 65,536 characters. */
const mostRows = 50

/** Text of a cell: no row, column, tag, link or mention can be made by it. */
const cell = (text: string): string =>
  safeLine(text, 400)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|@~:$-]/g, (character) => `&#${character.charCodeAt(0)};`)

const comparisonLines = ({
  architecture,
  before,
  after,
  changes,
  notCompared,
}: Comparison): readonly string[] => [
  `### ${architecture}: ${cell(before.kernel ?? 'unknown')} to ${cell(after.kernel ?? 'unknown')}`,
  '',
  ...kindOrder.flatMap((kind) => {
    const all = changes.filter((change) => change.kind === kind)
    if (all.length === 0) return []
    const table = [
      '| what | which | how |',
      '|---|---|---|',
      ...[...byCategory(all)]
        .flatMap(([category, some]) => some.map((change) => [category, change] as const))
        .slice(0, mostRows)
        .map(
          ([category, change]) =>
            `| ${cell(thingsOf(category))} | ${cell(change.name)} | ${cell(changeWords(change))} |`,
        ),
      ...(all.length > mostRows ? [`| | | and ${all.length - mostRows} more |`] : []),
    ]
    return kind === 'regressed'
      ? [`**${all.length} ${kind}**`, '', ...table, '']
      : [`<details><summary>${all.length} ${kind}</summary>`, '', ...table, '', '</details>', '']
  }),
  ...(changes.length === 0 ? ['Nothing is different.', ''] : []),
  ...notCompared.map(
    ({ category, reason }) => `- not compared: ${cell(thingsOf(category))}: ${cell(reason)}`,
  ),
  '',
]

/** A bump in GitHub-flavoured Markdown, for the summary of a job or a comment. */
export const bumpMarkdown = (bump: Bump): string =>
  [
    `## Bump: ${bumpSummary(bump)}`,
    '',
    ...bump.comparisons.flatMap(comparisonLines),
    ...bump.problems.map((problem) => `- **problem**: ${cell(problem)}`),
    '',
  ].join('\n')
