import { neutralise } from '../common/text.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import type { Verdict } from '../rules/verdict.ts'
import { type Element, element, xmlDocument } from './xml.ts'

/** What JUnit's readers know: passed, skipped, failure, error. */
type Outcome = 'passed' | 'skipped' | 'failure' | 'error'

const outcomes: Readonly<Record<Verdict, Outcome>> = {
  pass: 'passed',
  absent: 'passed',
  'not-applicable': 'skipped',
  waived: 'skipped',
  fail: 'failure',
  // Not passed, whatever the reason: a run in which nothing could be judged must not be green.
  inconclusive: 'failure',
  disagree: 'failure',
  error: 'error',
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)

const evidenceText = ({ claim, check }: { claim: string; check: RecordedCheck }): string =>
  neutralise(
    [
      `claim: ${claim}`,
      ...check.evidence.map(({ vantage, source, found, expected }) => {
        const wanted = expected === undefined ? '' : `; expected ${expected}`
        return `${vantage}: ${source}: ${found}${wanted}`
      }),
      ...(check.evidenceOmitted > 0 ? [`and ${check.evidenceOmitted} more`] : []),
    ].join('\n'),
  )

const verdictElement = (check: RecordedCheck): readonly Element[] => {
  const outcome = outcomes[check.verdict]
  const message = neutralise(`${check.verdict}: ${check.reason}`)
  if (outcome === 'passed') return []
  if (outcome === 'skipped') return [element('skipped', { message })]
  return [element(outcome, { type: check.verdict, message }, [evidenceText({ claim: check.title, check })])]
}

const checkElement = (record: RunRecord, check: RecordedCheck): Element =>
  element(
    'testcase',
    {
      name: `${check.id}: ${neutralise(check.title)}`,
      classname: `${neutralise(record.target)}.${record.architecture}.${check.promise}`,
      time: seconds(check.durationMs),
    },
    [
      element('properties', {}, [
        element('property', { name: 'id', value: check.id }),
        element('property', { name: 'verdict', value: check.verdict }),
        element('property', { name: 'severity', value: check.severity }),
      ]),
      ...verdictElement(check),
    ],
  )

/** Test cases for what fails a run beside its checks, since readers look at nothing else. */
const beside = (record: RunRecord): readonly { readonly outcome: Outcome; readonly element: Element }[] => {
  const testCase = (name: string, outcome: 'failure' | 'error', type: string, message: string) => ({
    outcome,
    element: element(
      'testcase',
      { name, classname: `${neutralise(record.target)}.${record.architecture}`, time: '0.000' },
      [element(outcome, { type, message: neutralise(message) })],
    ),
  })
  return [
    ...record.problems.map(({ code, message }) => testCase('the run', 'error', code, message)),
    ...record.waiverProblems.map(({ kind, at, message }) =>
      testCase(`waiver at ${neutralise(at)}`, 'failure', kind, `${at}: ${message}`),
    ),
  ]
}

const suite = (record: RunRecord): { readonly element: Element; readonly outcomes: readonly Outcome[] } => {
  const extra = beside(record)
  const all = [
    ...record.checks.map(({ verdict }) => outcomes[verdict]),
    ...extra.map(({ outcome }) => outcome),
  ]
  const facts = {
    kernel: record.kernel,
    qemu: record.qemu,
    cpu: record.cpu,
    accelerator: record.accelerator?.used,
    'accelerator.reason': record.accelerator?.reason,
  }
  return {
    outcomes: all,
    element: element(
      'testsuite',
      {
        name: `${neutralise(record.target)} ${record.architecture}`,
        ...countsOf(all),
        time: seconds(record.durationMs),
        timestamp: record.startedAt,
      },
      [
        element(
          'properties',
          {},
          Object.entries(facts).flatMap(([name, value]) =>
            value === null || value === undefined
              ? []
              : [element('property', { name, value: neutralise(value) })],
          ),
        ),
        ...record.checks.map((check) => checkElement(record, check)),
        ...extra.map((one) => one.element),
      ],
    ),
  }
}

const countsOf = (all: readonly Outcome[]): Readonly<Record<string, string>> => {
  const count = (outcome: Outcome): string => String(all.filter((one) => one === outcome).length)
  return {
    tests: String(all.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  }
}

/**
 * Runs as JUnit XML, one suite per record. Pass and absent are passed; not applicable and waived skipped, with the
 * reason; fail, inconclusive and disagree failures of that type; error, and a run that failed as a whole, errors.
 */
export const junitReport = (records: readonly RunRecord[]): string => {
  const suites = records.map(suite)
  const time = seconds(records.reduce((sum, { durationMs }) => sum + durationMs, 0))
  return xmlDocument(
    element(
      'testsuites',
      { name: 'drydock', ...countsOf(suites.flatMap(({ outcomes: all }) => all)), time },
      suites.map((one) => one.element),
    ),
  )
}
