import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

const day = 24 * 60 * 60 * 1000

/** Days from the run until a waiver's last day is over. */
const daysLeft = (expires: string, startedAt: string): number =>
  Math.floor((Date.parse(`${expires}T00:00:00Z`) + day - Date.parse(startedAt)) / day)

/** Failures that the policy accepts, each with its reason and its last day, and what is wrong with waivers. */
export const waiverSection = ({ records }: Page): SafeHtml => {
  const rows = records.flatMap((record) =>
    record.checks.flatMap((check) =>
      check.waivers.map((waiver) => ({
        ...waiver,
        record,
        check,
        left: daysLeft(waiver.expires, record.startedAt),
      })),
    ),
  )
  const problems = records.flatMap(({ architecture, waiverProblems }) =>
    waiverProblems.map((problem) => ({ ...problem, architecture })),
  )
  return html`<section id="waivers" aria-labelledby="waivers-title"><h2 id="waivers-title">Waivers</h2>
${problems.map(
  ({ kind, at, message, architecture }) =>
    html`<p class="problem"><b>${kind}</b> on ${architecture}: ${message} <code>${at}</code></p>`,
)}
${
  rows.length === 0
    ? html`<p class="calm">No failure is waived.</p>`
    : html`<div class="scroll" tabindex="0" role="group" aria-label="Waivers"><table><thead><tr><th scope="col">check</th><th scope="col">on</th><th scope="col">reason</th><th scope="col">until</th><th scope="col">where</th></tr></thead><tbody>${rows.map(
        ({ check, record, reason, expires, left, at }) =>
          html`<tr><th scope="row"><a href="#${check.id}">${check.id}</a></th><td>${record.architecture}</td><td>${reason}</td><td class="nowrap"><time datetime="${expires}">${expires}</time><br><span class="${left < 30 ? 'soon' : 'faint'}">${left} days left</span></td><td><code title="${at}">${at.split('/').at(-1)}</code></td></tr>`,
      )}</tbody></table></div>`
}</section>`
}
