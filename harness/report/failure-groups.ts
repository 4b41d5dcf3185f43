import type { Architecture } from '../common/architecture.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import { isGreen, type Verdict } from '../rules/verdict.ts'
import { shellWord } from './words.ts'

/** Checks repeated by name; beyond, the whole run is repeated. */
const repeatedByName = 12

/** What was not passed, told once where several checks or architectures have it in common. */
export interface Failure {
  readonly check: RecordedCheck
  readonly ids: readonly string[]
  readonly architectures: readonly Architecture[]
}

const isUndecided = (verdict: Verdict): boolean => verdict === 'inconclusive' || verdict === 'error'

/** What makes two failures one: undecided checks often have a reason in common, such as a guest that died. */
const likeness = ({ id, verdict, reason, evidence }: RecordedCheck): string =>
  JSON.stringify(isUndecided(verdict) ? [verdict, reason] : [verdict, reason, id, evidence])

/** Of the records of one target; what could not be judged comes first. */
export const failuresOf = (records: readonly RunRecord[]): readonly Failure[] => {
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

/** The one command that repeats everything that was not passed; guest bytes are not neutralised here. */
export const repeatCommand = (records: readonly RunRecord[], failures: readonly Failure[]): string => {
  const ids = [...new Set(failures.flatMap((failure) => failure.ids))]
  const failed = [...new Set(failures.flatMap((failure) => failure.architectures))]
  const all = new Set(records.flatMap(({ checks }) => checks.map(({ id }) => id)))
  const [architecture] = failed
  return commandOf(records[0], [
    ...(failed.length === 1 && architecture !== undefined ? ['--arch', architecture] : []),
    ...(ids.length === all.size || ids.length > repeatedByName ? [] : ids.flatMap((id) => ['--case', id])),
  ])
}

const commandOf = (record: RunRecord | undefined, more: readonly string[]): string =>
  ['npx', 'drydock', ...(record?.command ?? []), ...more].map(shellWord).join(' ')

/** The command that judges one check once more. */
export const repeatOne = (record: RunRecord, id: string): string =>
  commandOf(record, ['--arch', record.architecture, '--case', id])
