import Table from 'cli-table3'
import wrapAnsi from 'wrap-ansi'
import { coloursFor } from '../report/colours.ts'
import { safeLine } from '../report/safe-text.ts'
import type { TextOptions } from '../report/terminal-options.ts'
import type { Row } from './row.ts'
import { metText, nameText, spreadText, valueText } from './words.ts'

const bare = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}

/** The rows of one experiment, then what is to be said of them. */
export const rowTable = (rows: readonly Row[], { width, colours }: TextOptions): string => {
  const paint = coloursFor(colours)
  const table = new Table({
    head: ['what', 'on', 'median', 'min..max (runs)', 'target', ''].map(paint.strong),
    chars: bare,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left'],
  })
  for (const row of rows) {
    const met = metText(row)
    table.push([
      safeLine(nameText(row), 64),
      row.architecture ?? 'both',
      valueText(row),
      spreadText(row),
      row.target ?? '',
      met === 'met' ? paint.verdict('pass')(met) : paint.verdict('fail')(met),
    ])
  }
  const notes = [
    ...Map.groupBy(
      rows.filter(({ note }) => note !== null),
      ({ note }) => note,
    ),
  ].map(([note, noted]) =>
    wrapAnsi(`${[...new Set(noted.map(nameText))].join(' and ')}: ${safeLine(note ?? '', 600)}`, width),
  )
  return `${[table.toString(), ...notes].join('\n')}\n`
}
