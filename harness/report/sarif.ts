import type { Invocation, Log, ReportingDescriptor, Result, Run as SarifRun } from 'sarif'
import { neutralise } from '../common/text.ts'
import { exitCodeOfRecords } from '../record/exit-code.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import type { Severity } from '../rules/catalogue.ts'
import { promises } from '../rules/promises.ts'

/** How grave a failure is in SARIF's words, and in the number that GitHub sorts by (0 to 10). */
const grades: Readonly<Record<Severity, { level: 'error' | 'warning' | 'note'; score: string }>> = {
  critical: { level: 'error', score: '9.5' },
  high: { level: 'error', score: '8.0' },
  medium: { level: 'warning', score: '5.5' },
  low: { level: 'note', score: '2.0' },
}

const rule = (check: RecordedCheck): ReportingDescriptor => ({
  id: check.id,
  shortDescription: { text: neutralise(check.title) || check.id },
  ...(check.remedy === '' ? {} : { help: { text: neutralise(check.remedy) } }),
  defaultConfiguration: { level: grades[check.severity].level },
  properties: {
    tags: ['security', check.promise, promises[check.promise]],
    'security-severity': grades[check.severity].score,
  },
})

/** A path as a reference that any reader takes: what is no letter, digit or mark of a path is encoded. */
const reference = (path: string): string =>
  path.toWellFormed().split('/').map(encodeURIComponent).join('/') || 'image'

const messageOf = (check: RecordedCheck): string => {
  const against = check.evidence.filter(({ subject }) => subject !== undefined)
  return neutralise(
    [
      `${check.verdict}: ${check.reason}`,
      ...against.map(({ vantage, source, found, expected }) => {
        const wanted = expected === undefined ? '' : `; expected ${expected}`
        return `${vantage}: ${source}: ${found}${wanted}`
      }),
    ].join('\n'),
  )
}

/** The verdicts that a reader has to act on or know of; undefined for the others. */
const kindOf = ({ verdict, severity }: RecordedCheck): Pick<Result, 'kind' | 'level'> | undefined => {
  switch (verdict) {
    case 'fail':
    case 'disagree':
    case 'waived':
      return { kind: 'fail', level: grades[severity].level }
    case 'inconclusive':
    case 'error':
      return { kind: 'open', level: 'none' }
    case 'pass':
    case 'absent':
    case 'not-applicable':
      return undefined
  }
}

const result = (record: RunRecord, check: RecordedCheck, ruleIndex: number): Result[] => {
  const kind = kindOf(check)
  if (kind === undefined) return []
  const subjects = [...new Set(check.evidence.flatMap(({ subject }) => subject ?? []))]
  return [
    {
      ruleId: check.id,
      ruleIndex,
      ...kind,
      message: { text: messageOf(check) },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: reference(record.source) }, region: { startLine: 1 } },
          ...(subjects.length === 0
            ? {}
            : {
                logicalLocations: subjects.map((subject) => ({ fullyQualifiedName: neutralise(subject) })),
              }),
        },
      ],
      partialFingerprints: { 'drydock/v1': `${record.target}/${record.architecture}/${check.id}` },
      ...(check.verdict === 'waived'
        ? {
            suppressions: check.waivers.map(({ reason, expires, at }) => ({
              kind: 'external',
              justification: neutralise(`${reason} (until ${expires}, ${at})`),
            })),
          }
        : {}),
      properties: { verdict: check.verdict, architecture: record.architecture, promise: check.promise },
    },
  ]
}

const invocation = (record: RunRecord): Invocation => ({
  executionSuccessful: record.problems.length === 0,
  exitCode: exitCodeOfRecords([record]),
  startTimeUtc: record.startedAt,
  endTimeUtc: new Date(Date.parse(record.startedAt) + record.durationMs).toISOString(),
  toolExecutionNotifications: record.problems.map(({ code, message }) => ({
    level: 'error',
    descriptor: { id: neutralise(code) },
    message: { text: neutralise(message) },
  })),
  toolConfigurationNotifications: record.waiverProblems.map(({ kind, at, message }) => ({
    level: 'error',
    descriptor: { id: `waiver.${kind}` },
    message: { text: neutralise(`${at}: ${message}`) },
  })),
})

const sarifRun = (record: RunRecord): SarifRun => ({
  tool: { driver: { name: 'Drydock', version: record.drydock, rules: record.checks.map(rule) } },
  automationDetails: { id: `drydock/${reference(record.target)}/${record.architecture}` },
  invocations: [invocation(record)],
  columnKind: 'utf16CodeUnits',
  results: record.checks.flatMap((check, index) => result(record, check, index)),
  properties: {
    kernel: record.kernel ?? 'unknown',
    qemu: record.qemu ?? 'unknown',
    cpu: record.cpu ?? 'unknown',
  },
})

/**
 * Runs as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), one run per record: what failed, what could not
 * be judged (`open`), and what is waived (suppressed). Every check is among the rules.
 */
export const sarifReport = (records: readonly RunRecord[]): string => {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: records.map(sarifRun),
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}
