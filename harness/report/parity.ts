import { differencesBetween } from '../record/parity.ts'
import type { RunRecord } from '../record/record.ts'
import { block } from './failures.ts'
import { safeLine } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'

/** Differences shown one by one; more are counted. */
const shown = 20

/** What the architectures of one image do not agree on, and why where the policy says so; empty where they agree. */
export const parityReport = (records: readonly RunRecord[], { width }: TextOptions): string => {
  const differences = differencesBetween(records)
  const lines = differences.slice(0, shown).flatMap(({ check, subject, only, found, accepted }) => {
    const why = accepted === undefined ? 'not accepted by any waiver' : `accepted: ${safeLine(accepted)}`
    return block(
      `only on ${only}: ${check}: ${safeLine(subject, 200)}: ${safeLine(found, 200)} (${why})`,
      0,
      width,
    )
  })
  const more = differences.length - shown
  return [
    ...lines,
    ...(more > 0 ? block(`and ${more} more differences between the architectures`, 0, width) : []),
  ].join('\n')
}
