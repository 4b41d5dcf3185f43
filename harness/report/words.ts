import type { Verdict } from '../rules/verdict.ts'

/** How a number of checks with a verdict is said: `3 passed`. */
export const countWords: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  absent: 'absent',
  'not-applicable': 'not applicable',
  inconclusive: 'inconclusive',
  disagree: 'in disagreement',
  waived: 'waived',
  error: 'in error',
}

/** A duration as people say it. */
export const duration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** A word for a POSIX shell, quoted only where it must be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
