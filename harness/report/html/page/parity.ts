import { differencesBetween } from '../../../record/parity.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

const mostShown = 200

/** What the architectures of one image do not agree on; undefined where there is one only, or they agree. */
export const paritySection = ({ records }: Page): SafeHtml | undefined => {
  const differences = differencesBetween(records)
  if (differences.length === 0) return undefined
  const more = differences.length - mostShown
  return html`<section id="differences" aria-labelledby="differences-title"><h2 id="differences-title">Where the architectures differ</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Differences"><table><thead><tr><th scope="col">check</th><th scope="col">only on</th><th scope="col">what</th><th scope="col">found</th><th scope="col">accepted</th></tr></thead><tbody>${differences
    .slice(0, mostShown)
    .map(
      ({ check, only, subject, found, accepted }) =>
        html`<tr><th scope="row"><a href="#${check}">${check}</a></th><td>${only}</td><td><code>${subject}</code></td><td>${found}</td><td>${accepted ?? 'by no waiver'}</td></tr>`,
    )}</tbody></table></div>${more > 0 ? html`<p>and ${more} more</p>` : undefined}</section>`
}
