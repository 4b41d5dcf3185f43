import wrapAnsi from 'wrap-ansi'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import { coloursFor } from './colours.ts'
import { type Failure, failuresOf, repeatCommand } from './failure-groups.ts'
import { safeLine, safeLines } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'

/** Pieces of evidence shown per failure; the record has all. */
const evidenceShown = 5

/** Lines of one piece of evidence shown, enough for the excerpt of a kernel's death. */
const linesShown = 20

/** Wraps text to the width, every line indented. */
export const block = (text: string, indent: number, width: number): readonly string[] =>
  wrapAnsi(text, width - indent, { hard: true })
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd())

const evidenceLines = (check: RecordedCheck, width: number): readonly string[] => {
  const against = check.evidence.filter(({ subject }) => subject !== undefined)
  const shown = (against.length > 0 ? against : check.evidence).slice(0, evidenceShown)
  const more = check.evidence.length + check.evidenceOmitted - shown.length
  return [
    ...shown.flatMap(({ vantage, source, found, expected }) => {
      const lines = safeLines(found)
      const said = expected === undefined ? '' : `; expected ${safeLine(expected, 200)}`
      const head = `${vantage}: ${safeLine(source, 200)}: ${lines.length === 1 ? `${safeLine(found)}${said}` : ''}`
      const rest = lines.length === 1 ? [] : lines.slice(0, linesShown).map((line) => safeLine(line))
      return [...block(head, 4, width), ...rest.flatMap((line) => block(line, 6, width))]
    }),
    ...(more > 0 ? block(`and ${more} more in record.json`, 4, width) : []),
  ]
}

/** How to get into the guests that checks failed on, as they were. */
const lookAround = (records: readonly RunRecord[], failures: readonly Failure[]): readonly string[] => {
  const failed = new Set(failures.flatMap(({ architectures }) => architectures))
  const commands = records.flatMap(({ architecture, guests }) =>
    guests?.frozen === null || guests?.frozen === undefined || !failed.has(architecture)
      ? []
      : [`  npx drydock boot --frozen ${safeLine(guests.frozen)}`],
  )
  return commands.length === 0 ? [] : ['Look around in the guest as it was:', ...commands]
}

/** What was not passed on one target, each with its evidence, and the one command that repeats it; empty where all is green. */
export const failureReport = (records: readonly RunRecord[], { width, colours }: TextOptions): string => {
  const failures = failuresOf(records)
  if (failures.length === 0) return ''
  const paint = coloursFor(colours)
  const lines = failures.flatMap(({ check, ids, architectures }) => {
    const several = ids.length > 1
    const head = `${paint.verdict(check.verdict)(check.verdict)} on ${architectures.join(', ')}`
    return [
      ...(several
        ? [...block(`${head}: ${ids.length} checks`, 0, width), ...block(ids.join(', '), 2, width)]
        : [
            ...block(`${head}: ${paint.strong(check.id)} (${check.promise}, ${check.severity})`, 0, width),
            ...block(`claim: ${safeLine(check.title)}`, 2, width),
          ]),
      ...block(`found: ${safeLine(check.reason)}`, 2, width),
      ...(several && check.verdict !== 'error' ? [] : evidenceLines(check, width)),
      '',
    ]
  })
  return [
    ...lines,
    'Repeat with:',
    `  ${safeLine(repeatCommand(records, failures), 10_000)}`,
    ...lookAround(records, failures),
  ].join('\n')
}
