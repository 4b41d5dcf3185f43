import type { Verdict } from '../../../rules/verdict.ts'
import { html, type SafeHtml } from '../safe-html.ts'

/** A shape for each verdict, so that none is told by its colour alone. */
const shapes: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  absent: '○',
  'not-applicable': '–',
  waived: '⚑',
  inconclusive: '?',
  fail: '✕',
  disagree: '≠',
  error: '!',
}

/** A verdict as a coloured word with its shape. */
export const verdictMark = (verdict: Verdict): SafeHtml =>
  html`<span class="verdict v-${verdict}"><span class="shape" aria-hidden="true">${shapes[verdict]}</span>${verdict}</span>`
