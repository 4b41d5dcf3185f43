import { ledgerOf } from '../../../record/ledger.ts'
import type { RunRecord } from '../../../record/record.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

const undecided = ({ checks }: RunRecord) =>
  checks.filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'error')

const provenText = ({ records, proofs }: Page): SafeHtml => {
  const ids = [...new Set(records.flatMap(({ checks }) => checks.map(({ id }) => id)))]
  const known = ids.filter((id) => proofs.has(id))
  const proven = known.filter((id) => proofs.get(id) === true)
  const not = known.filter((id) => proofs.get(id) === false)
  if (known.length === 0)
    return html`<p>Twins were not run beside this report: <code>npm run twins</code> shows that each check can fail.</p>`
  return html`<p><b>${proven.length} of ${ids.length}</b> checks are proven: each failed on an image with the one flaw that it is about.</p>${
    not.length === 0
      ? undefined
      : html`<p class="problem">Not proven: ${not.map((id) => html`<a href="#${id}">${id}</a> `)}</p>`
  }`
}

/** How much was judged, how much of that was decided, what proves the checks, and what stayed open and why. */
export const coverageSection = (page: Page): SafeHtml => {
  const open = page.records.flatMap((record) =>
    undecided(record).map((check) => ({ check, architecture: record.architecture })),
  )
  return html`<section id="coverage" aria-labelledby="coverage-title"><h2 id="coverage-title">Coverage</h2>
<ul class="figures">${page.records.map(
    (record) =>
      html`<li><b>${ledgerOf(record).ids.length}</b> of ${record.checks.length} checks decided on ${record.architecture}</li>`,
  )}</ul>
${provenText(page)}
${
  open.length === 0
    ? html`<p class="calm">Nothing stayed open.</p>`
    : html`<ul>${open.map(
        ({ check, architecture }) =>
          html`<li><a href="#${check.id}">${check.id}</a> on ${architecture}: ${check.verdict}: ${check.reason}</li>`,
      )}</ul>`
}</section>`
}
