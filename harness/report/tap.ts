import { stringify } from 'yaml'
import { neutralise, neutraliseLine } from '../common/text.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import { isGreen } from '../rules/verdict.ts'

interface Point {
  readonly ok: boolean
  readonly name: string
  /** `# SKIP` or `# TODO` with its reason. */
  readonly directive?: { readonly word: 'SKIP' | 'TODO'; readonly reason: string } | undefined
  readonly diagnostic?: Readonly<Record<string, unknown>> | undefined
}

/** A hash begins a directive, and a backslash takes its meaning away (https://testanything.org/tap-version-14-specification.html). */
const plain = (text: string): string => neutraliseLine(text).replace(/[\\#]/g, '\\$&')

const directiveOf = ({ verdict, reason }: RecordedCheck): Point['directive'] => {
  if (verdict === 'not-applicable') return { word: 'SKIP', reason: `not applicable: ${reason}` }
  if (verdict === 'waived') return { word: 'TODO', reason: `waived: ${reason}` }
  return undefined
}

const diagnosticOf = (check: RecordedCheck): Point['diagnostic'] => {
  if (isGreen(check.verdict) && check.verdict !== 'waived') return undefined
  return {
    verdict: check.verdict,
    severity: check.severity,
    reason: neutralise(check.reason),
    evidence: check.evidence.map(({ vantage, source, found, expected, subject }) => ({
      vantage,
      source: neutralise(source),
      found: neutralise(found),
      ...(expected === undefined ? {} : { expected: neutralise(expected) }),
      ...(subject === undefined ? {} : { subject: neutralise(subject) }),
    })),
  }
}

const pointsOf = (record: RunRecord): readonly Point[] => {
  const name = `${record.target} ${record.architecture}`
  return [
    ...record.checks.map((check) => ({
      // A waived check is a failure that is known: `not ok # TODO`.
      ok: isGreen(check.verdict) && check.verdict !== 'waived',
      name: `${name} ${check.id}: ${check.title}`,
      directive: directiveOf(check),
      diagnostic: diagnosticOf(check),
    })),
    ...record.problems.map(({ code, message }) => ({
      ok: false,
      name: `${name} the run: ${code}`,
      diagnostic: { message: neutralise(message) },
    })),
    ...record.waiverProblems.map(({ at, kind, message }) => ({
      ok: false,
      name: `${name} waiver at ${at}: ${kind}`,
      diagnostic: { message: neutralise(message) },
    })),
  ]
}

const pointText = ({ ok, name, directive, diagnostic }: Point, index: number): string => {
  const end = directive === undefined ? '' : ` # ${directive.word} ${plain(directive.reason)}`
  const line = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${plain(name)}${end}`
  if (diagnostic === undefined) return line
  // Double quotes keep every text in its one line, so that none of them ends the block.
  const yaml = stringify(diagnostic, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 }).trimEnd()
  return [line, '  ---', ...yaml.split('\n').map((row) => `  ${row}`), '  ...'].join('\n')
}

/** Runs as TAP 14, one test point per check; a run or a waiver that is at fault is a point of its own. */
export const tapReport = (records: readonly RunRecord[]): string => {
  const points = records.flatMap(pointsOf)
  return `${['TAP version 14', `1..${points.length}`, ...points.map(pointText)].join('\n')}\n`
}
