import wrapAnsi from 'wrap-ansi'
import type { Architecture } from '../common/architecture.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import { isGreen, type Verdict } from '../rules/verdict.ts'
import { coloursFor } from './colours.ts'
import { safeLine, safeLines } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'
import { shellWord } from './words.ts'

/** Pieces of evidence shown per failure; the record has all. */
const evidenceShown = 5

/** Lines of one piece of evidence shown, enough for the excerpt of a kernel's death. */
const linesShown = 20

/** Checks repeated by name; beyond, the whole run is repeated. */
const repeatedByName = 12

interface Failure {
  readonly check: RecordedCheck
  readonly ids: readonly string[]
  readonly architectures: readonly Architecture[]
}

const isUndecided = (verdict: Verdict): boolean => verdict === 'inconclusive' || verdict === 'error'

/** What makes two failures one: undecided checks often have a reason in common, such as a guest that died. */
const likeness = ({ id, verdict, reason, evidence }: RecordedCheck): string =>
  JSON.stringify(isUndecided(verdict) ? [verdict, reason] : [verdict, reason, id, evidence])

const failuresOf = (records: readonly RunRecord[]): readonly Failure[] => {
  const failures = new Map<string, Failure>()
  for (const { architecture, checks } of records) {
    for (const check of checks.filter(({ verdict }) => !isGreen(verdict))) {
      const key = likeness(check)
      const known = failures.get(key)
      failures.set(key, {
        check: known?.check ?? check,
        ids: [...new Set([...(known?.ids ?? []), check.id])],
        architectures: [...new Set([...(known?.architectures ?? []), architecture])],
      })
    }
  }
  return [...failures.values()].sort(
    (a, b) => Number(isUndecided(b.check.verdict)) - Number(isUndecided(a.check.verdict)),
  )
}

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

/** The arguments that repeat everything that was not passed, in one command. */
const repeatCommand = (records: readonly RunRecord[], failures: readonly Failure[]): string => {
  const ids = [...new Set(failures.flatMap((failure) => failure.ids))]
  const failed = [...new Set(failures.flatMap((failure) => failure.architectures))]
  const all = new Set(records.flatMap(({ checks }) => checks.map(({ id }) => id)))
  const [architecture] = failed
  return [
    ...['npx', 'drydock', ...(records[0]?.command ?? [])],
    ...(failed.length === 1 && architecture !== undefined ? ['--arch', architecture] : []),
    ...(ids.length === all.size || ids.length > repeatedByName ? [] : ids.flatMap((id) => ['--case', id])),
  ]
    .map((word) => safeLine(shellWord(word)))
    .join(' ')
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
  return [...lines, 'Repeat with:', `  ${repeatCommand(records, failures)}`].join('\n')
}
