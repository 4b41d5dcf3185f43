import pc from 'picocolors'
import type { Verdict } from '../rules/verdict.ts'

export type Paint = (text: string) => string

/** Colours by what they mean. */
export interface Colours {
  readonly strong: Paint
  readonly faint: Paint
  readonly verdict: (verdict: Verdict) => Paint
}

export const coloursFor = (enabled: boolean): Colours => {
  const colours = pc.createColors(enabled)
  const verdicts: Readonly<Record<Verdict, Paint>> = {
    pass: colours.green,
    absent: colours.cyan,
    'not-applicable': colours.dim,
    waived: colours.blue,
    inconclusive: colours.yellow,
    fail: (text) => colours.bold(colours.red(text)),
    disagree: (text) => colours.bold(colours.magenta(text)),
    error: (text) => colours.bold(colours.red(text)),
  }
  return { strong: colours.bold, faint: colours.dim, verdict: (verdict) => verdicts[verdict] }
}
