import { exitCodeOfRecords } from '../record/exit-code.ts'
import type { RunRecord } from '../record/record.ts'
import { verdicts } from '../rules/verdict.ts'
import { coloursFor } from './colours.ts'
import { containerReport } from './containers.ts'
import { block, failureReport } from './failures.ts'
import { parityReport } from './parity.ts'
import { safeLine, safeLines } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'
import { verdictTable } from './verdict-table.ts'
import { countWords, duration } from './words.ts'

export { type TextOptions, textOptionsFor } from './terminal-options.ts'

const heading = (record: RunRecord): string =>
  [
    `${record.architecture}:`,
    `kernel ${record.kernel ?? 'unknown'},`,
    `QEMU ${record.qemu ?? 'unknown'},`,
    `CPU ${record.cpu ?? 'unknown'},`,
    record.accelerator === null
      ? 'no accelerator chosen'
      : `${record.accelerator.used} (${record.accelerator.policy}: ${record.accelerator.reason})`,
  ].join(' ')

/** Where the guests came from, unless they were forked from a boot of this very run, as they should be. */
const guestsOf = ({ guests }: RunRecord): readonly string[] => {
  if (guests === null) return []
  if (guests.notFrozen !== null) return [`not frozen, so every attack booted: ${safeLine(guests.notFrozen)}`]
  return guests.fromCache ? [`guests forked from an earlier boot of this image, of ${guests.bootedAt}`] : []
}

/** What went wrong beside the checks: with the run as a whole, and with the policy's waivers. */
const problemReport = (records: readonly RunRecord[], { width }: TextOptions): string =>
  records
    .flatMap(({ architecture, problems, waiverProblems }) => [
      ...problems.flatMap(({ code, message }) => {
        const [first = '', ...rest] = safeLines(message)
        return [
          ...block(`${safeLine(code)} on ${architecture}: ${first}`, 0, width),
          ...rest.flatMap((line) => block(line, 2, width)),
        ]
      }),
      ...waiverProblems.flatMap(({ at, message }) =>
        block(`waiver on ${architecture}: ${safeLine(at)}: ${safeLine(message)}`, 0, width),
      ),
    ])
    .join('\n')

const waivedReport = (records: readonly RunRecord[], { width }: TextOptions): string =>
  records
    .flatMap(({ architecture, checks }) =>
      checks
        .filter(({ verdict }) => verdict === 'waived')
        .flatMap(({ id, reason }) =>
          block(`waived on ${architecture}: ${id}: ${safeLine(reason)}`, 0, width),
        ),
    )
    .join('\n')

/** One line that says what a run came to. */
export const summaryLine = (record: RunRecord, { colours }: Pick<TextOptions, 'colours'>): string => {
  const paint = coloursFor(colours)
  const counts = verdicts
    .filter((verdict) => record.summary[verdict] > 0 || verdict === 'pass' || verdict === 'fail')
    .map((verdict) => {
      const text = `${record.summary[verdict]} ${countWords[verdict]}`
      return record.summary[verdict] === 0 ? text : paint.verdict(verdict)(text)
    })
  const waivers = record.waiverProblems.length
  const extra = [
    ...(waivers > 0 ? [`${waivers} ${waivers === 1 ? 'waiver' : 'waivers'} to correct`] : []),
    ...(record.problems.length > 0 ? ['the run itself failed'] : []),
  ]
  const outcome =
    exitCodeOfRecords([record]) === 0 ? paint.verdict('pass')('passed') : paint.verdict('fail')('not passed')
  const name = `${safeLine(record.target, 40)} ${record.architecture}`
  return `${name}: ${outcome}: ${[...counts, ...extra].join(', ')} in ${duration(record.durationMs)}`
}

const targetReport = (records: readonly RunRecord[], options: TextOptions): readonly string[] => {
  const [first] = records
  if (first === undefined) return []
  const paint = coloursFor(options.colours)
  const title = [
    ...block(
      `${paint.strong(safeLine(first.target))} ${paint.faint(safeLine(first.source))}`,
      0,
      options.width,
    ),
    ...records.flatMap((record) => [
      ...block(safeLine(heading(record)), 2, options.width),
      ...guestsOf(record).flatMap((line) => block(line, 4, options.width)),
    ]),
  ].join('\n')
  return [
    title,
    verdictTable(records, options),
    containerReport(records, options),
    waivedReport(records, options),
    parityReport(records, options),
    problemReport(records, options),
    failureReport(records, options),
  ]
}

/**
 * The report of one or several runs as text: per target the verdicts with architectures side by side, then what was not
 * passed with its evidence and the command that repeats it, and at the end one line per run. Ends with a line break.
 */
export const terminalReport = (records: readonly RunRecord[], options: TextOptions): string => {
  const targets = Map.groupBy(records, ({ target, source }) => JSON.stringify([target, source]))
  const sections = [
    ...[...targets.values()].flatMap((group) => targetReport(group, options)),
    records.map((record) => summaryLine(record, options)).join('\n'),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}
