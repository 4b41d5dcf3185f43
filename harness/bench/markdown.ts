import { architectures } from '../common/architecture.ts'
import { safeLine } from '../report/safe-text.ts'
import type { HostDescription } from './host.ts'
import type { Row } from './row.ts'
import { hostLines, metText, nameText, valueText } from './words.ts'

/** A cell of a table in Markdown: nothing of it may end the cell or start a tag. */
export const cell = (text: string): string => safeLine(text, 500).replace(/[|<>\\`*_[\]]/g, '\\$&')

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const valueCell = (rows: readonly Row[], architecture: Row['architecture']): string => {
  const row = rows.find((candidate) => candidate.architecture === architecture)
  if (row === undefined) return ''
  const missed = metText(row) === 'MISSED' ? ' (missed)' : ''
  return row.value === null ? 'none (see below)' : `${cell(valueText(row))}${missed}`
}

/** One section: the architectures side by side, then the notes. */
const section = (experiment: string, rows: readonly Row[]): string => {
  const lines = Map.groupBy(rows, nameText)
  const columns = [...architectures, null].filter((architecture) =>
    rows.some((row) => row.architecture === architecture),
  )
  const notes = Map.groupBy(
    rows.filter(({ note }) => note !== null),
    ({ note }) => note ?? '',
  )
  return [
    `### ${experiment}`,
    '',
    line(['what', ...columns.map((column) => column ?? 'both'), 'target']),
    line(['what', ...columns, 'target'].map(() => '---')),
    ...[...lines].map(([name, same]) =>
      line([cell(name), ...columns.map((column) => valueCell(same, column)), cell(same[0]?.target ?? '')]),
    ),
    '',
    ...[...notes].map(
      ([note, noted]) =>
        `- ${[...new Set(noted.map((row) => cell(nameText(row))))].join('; ')}: ${cell(note)}`,
    ),
  ].join('\n')
}

/** What README.md takes its table from. */
export const markdownReport = (rows: readonly Row[], host: HostDescription): string =>
  `${[
    '# Benchmark',
    '',
    'Medians. `npm run bench` repeats it; all samples are in bench.json.',
    '',
    ...hostLines(host).map((text) => `- ${cell(text)}`),
    '',
    ...[...Map.groupBy(rows, ({ experiment }) => experiment)].map(
      ([name, some]) => `${section(name, some)}\n`,
    ),
  ].join('\n')}`
