import { isGreen } from '../rules/verdict.ts'
import type { RunRecord } from './record.ts'

/**
 * What runs amount to: 0 all green; 1 a check was not passed or a waiver fails the run; 2 wrong usage; 3 the test bed or
 * the guest failed, or nothing was judged at all. Where several hold, the one that casts doubt on the others counts.
 */
export const exitCodeOfRecords = (records: readonly RunRecord[]): 0 | 1 | 2 | 3 => {
  const problems = records.flatMap((record) => record.problems)
  if (problems.some(({ blame }) => blame === 'usage')) return 2
  const checks = records.flatMap((record) => record.checks)
  const silent = records.length === 0 || records.some((record) => record.checks.length === 0)
  if (silent || problems.length > 0 || checks.some(({ verdict }) => verdict === 'error')) return 3
  const waived = records.some((record) => record.waiverProblems.length > 0)
  return waived || checks.some(({ verdict }) => !isGreen(verdict)) ? 1 : 0
}
