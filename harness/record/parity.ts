import { type Architecture, architectures } from '../common/architecture.ts'
import type { Difference, RecordedCheck, RunRecord } from './record.ts'

/** Claims about files and programs, which an image is expected to have alike on each architecture. */
const compared = /^(elf|base|daemons)\./

// What two builds of one file are called: Debian's multiarch folders, loaders, and terminals of a serial line.
const twinNames: readonly (readonly [RegExp, string])[] = [
  [/\b(x86_64|aarch64)(?=-linux-)/g, 'ARCH'],
  [/\/lib64(?=\/|$)/g, '/lib'],
  [/\bld-linux-(x86-64\.so\.2|aarch64\.so\.1)\b/g, 'ld-linux'],
  [/\bld-musl-(x86_64|aarch64)\b/g, 'ld-musl'],
]

/** A name that is the same for what is the same on both architectures. */
export const commonName = (subject: string): string =>
  twinNames.reduce((name, [own, common]) => name.replace(own, common), subject)

const failing = ({ evidence }: RecordedCheck): ReadonlyMap<string, RecordedCheck['evidence'][number]> =>
  new Map(evidence.flatMap((item) => (item.subject === undefined ? [] : [[commonName(item.subject), item]])))

const decided = new Set<RecordedCheck['verdict']>(['pass', 'fail', 'waived', 'absent'])

/** Same path, same verdict: what two records of one image on two architectures do not agree on. */
export const differencesBetween = (records: readonly RunRecord[]): readonly Difference[] => {
  const byArchitecture = architectures.flatMap((architecture) => {
    const record = records.find((candidate) => candidate.architecture === architecture)
    return record === undefined ? [] : [record]
  })
  const [one, other] = byArchitecture
  if (one === undefined || other === undefined) return []
  return one.checks.flatMap((check) => {
    const same = other.checks.find(({ id }) => id === check.id)
    // What was cut off in a record cannot be compared.
    const isWhole = check.evidenceOmitted === 0 && same?.evidenceOmitted === 0
    if (same === undefined || !compared.test(check.id) || !isWhole) return []
    if (!decided.has(check.verdict) || !decided.has(same.verdict)) return []
    return [...missingFrom(same, check, one.architecture), ...missingFrom(check, same, other.architecture)]
  })
}

/** The records of one image, each with what they do not agree on; unchanged where there is one only. */
export const withDifferences = (records: readonly RunRecord[]): readonly RunRecord[] => {
  if (new Set(records.map(({ architecture }) => architecture)).size < 2) return records
  const differences = [...differencesBetween(records)]
  return records.map((record) => ({ ...record, differences }))
}

/** What fails in `check` and not in `same`. */
const missingFrom = (same: RecordedCheck, check: RecordedCheck, only: Architecture): Difference[] => {
  const there = failing(same)
  return [...failing(check)].flatMap(([name, { subject, found }]) =>
    there.has(name)
      ? []
      : [
          {
            check: check.id,
            subject: subject ?? name,
            only,
            found,
            accepted:
              check.waivers.length === 0 ? undefined : check.waivers.map(({ reason }) => reason).join('; '),
          },
        ],
  )
}
