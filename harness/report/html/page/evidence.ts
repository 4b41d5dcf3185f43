import type { Architecture } from '../../../common/architecture.ts'
import type { RecordedCheck } from '../../../record/record.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import { type Moments, momentLink, momentOf } from './moments.ts'

/** Pieces of evidence shown per check; the record has more. */
const shown = 12

/** Lines from which on a text gets a block of its own. */
const isLong = (text: string): boolean => text.includes('\n') || text.length > 160

const foundText = (found: string): SafeHtml =>
  isLong(found)
    ? html`<pre tabindex="0" aria-label="what was found">${found}</pre>`
    : html`<samp>${found}</samp>`

/** What a verdict rests on: what breaks the claim first, each piece with where it was seen. */
export const evidenceList = (
  check: RecordedCheck,
  architecture: Architecture,
  moments: Moments,
): SafeHtml | undefined => {
  const { evidence, evidenceOmitted } = check
  if (evidence.length === 0) return undefined
  const against = evidence.filter(({ subject }) => subject !== undefined)
  const pieces = [...against, ...evidence.filter(({ subject }) => subject === undefined)].slice(0, shown)
  const more = evidence.length + evidenceOmitted - pieces.length
  return html`<ul class="evidence">${pieces.map(({ vantage, source, found, expected, subject }) => {
    const at = momentOf(moments, found)
    return html`<li${subject === undefined ? undefined : html` class="against"`}>
<span class="vantage">${vantage}</span> <code>${source}</code>: ${foundText(found)}${
      expected === undefined ? undefined : html` <span class="expected">expected ${expected}</span>`
    }${at === undefined ? undefined : html` ${momentLink(architecture, at)}`}</li>`
  })}${more > 0 ? html`<li class="more">and ${more} more in record.json</li>` : undefined}</ul>`
}
