import { sha256 } from '../common/digest.ts'
import { neutraliseLine } from '../common/text.ts'
import type { RunRecord } from '../record/record.ts'
import type { Severity } from '../rules/catalogue.ts'
import { isGreen } from '../rules/verdict.ts'

const severities: Readonly<Record<Severity, string>> = {
  critical: 'blocker',
  high: 'critical',
  medium: 'major',
  low: 'minor',
}

/**
 * What was not passed as GitLab's code quality artefact (`artifacts:reports:codequality`,
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format); JUnit serves its test view.
 */
export const gitlabReport = (records: readonly RunRecord[]): string => {
  const issue = (record: RunRecord, name: string, severity: string, description: string) => ({
    description: neutraliseLine(description),
    check_name: name,
    fingerprint: sha256(JSON.stringify([record.target, record.architecture, name, description])),
    severity,
    location: { path: neutraliseLine(record.source), lines: { begin: 1 } },
  })
  const issues = records.flatMap((record) => [
    ...record.problems.map(({ code, message }) => issue(record, neutraliseLine(code), 'blocker', message)),
    ...record.waiverProblems.map(({ kind, message }) => issue(record, `waiver.${kind}`, 'critical', message)),
    ...record.checks
      .filter(({ verdict }) => !isGreen(verdict))
      .map(({ id, severity, verdict, title, reason }) =>
        issue(record, id, severities[severity], `${record.architecture}: ${verdict}: ${title}: ${reason}`),
      ),
  ])
  return `${JSON.stringify(issues, undefined, 2)}\n`
}
