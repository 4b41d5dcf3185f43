import { newerThanRules } from '../../rules/kernel/kernel-rules.ts'
import { seriesSupport } from '../../rules/kernel/supported-series.ts'
import type { JudgedFile } from './session.ts'

/** What a reader must know to take a judgement for what it is. */
export const notesOn = ({ file, facts: { version } }: JudgedFile, today: string): readonly string[] => {
  if (version === undefined) {
    return [
      `${file}: its kernel's version is not known, so a setting that is not there fails even where its kernel cannot have it`,
    ]
  }
  const newer = newerThanRules(version)
  const { support, reason, stale, tableDate } = seriesSupport(version, new Date(today))
  return [
    ...(newer === undefined ? [] : [newer]),
    ...(support === 'supported' ? [] : [reason]),
    ...(stale
      ? [`The table of supported kernel series is of ${tableDate}, more than a year old. Update Drydock.`]
      : []),
  ]
}
