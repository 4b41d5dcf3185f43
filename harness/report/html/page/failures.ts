import type { RunRecord } from '../../../record/record.ts'
import { promises } from '../../../rules/promises.ts'
import { type Failure, failuresOf, repeatCommand, repeatOne } from '../../failure-groups.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import { evidenceList } from './evidence.ts'
import type { Page } from './page.ts'
import { verdictMark } from './verdict-words.ts'

/** A command with a button that copies it. */
export const commandBox = (command: string): SafeHtml =>
  html`<div class="command"><code tabindex="0">${command}</code><button type="button" class="copy" hidden>copy</button></div>`

const lookAround = (record: RunRecord | undefined): SafeHtml | undefined => {
  const id = record?.guests?.frozen
  if (id === undefined || id === null) return undefined
  return html`<dt>Look around in the guest as it was</dt><dd>${commandBox(`npx drydock boot --frozen ${id}`)}</dd>`
}

const failureCard = ({ check, ids, architectures }: Failure, page: Page): SafeHtml => {
  const [architecture] = architectures
  const record = page.records.find((one) => one.architecture === architecture)
  const several = ids.length > 1
  const isOpen = check.verdict === 'inconclusive'
  const title = several
    ? html`${ids.length} checks`
    : html`<a href="#${check.id}">${check.id}</a> <span class="faint">${check.promise} ${promises[check.promise]}, ${check.severity},</span>`
  return html`<article class="${isOpen ? 'failure open-question' : 'failure'}">
<h3>${verdictMark(check.verdict)} ${title} <span class="faint">on ${architectures.join(' and ')}</span></h3>
${several ? html`<p class="ids">${ids.map((id) => html`<a href="#${id}">${id}</a> `)}</p>` : html`<p class="claim">${check.title}</p>`}
<dl>
<dt>Found</dt><dd>${check.reason}${
    architecture === undefined ? undefined : evidenceList(check, architecture, page.moments(architecture))
  }</dd>
${several || check.remedy === '' ? undefined : html`<dt>To mend it</dt><dd>${check.remedy}</dd>`}
${several || record === undefined ? undefined : html`<dt>Repeat it alone</dt><dd>${commandBox(repeatOne(record, check.id))}</dd>`}
${lookAround(record)}
</dl></article>`
}

const problems = ({ records }: Page): readonly SafeHtml[] =>
  records.flatMap((record) =>
    record.problems.map(
      ({ code, message, phase }) => html`<article class="failure">
<h3><span class="verdict v-error"><span class="shape" aria-hidden="true">!</span>${code}</span> the run itself failed <span class="faint">on ${record.architecture}${phase === null ? undefined : html`, ${phase}`}</span></h3>
<pre tabindex="0" aria-label="the error">${message}</pre></article>`,
    ),
  )

/** What was not passed and why, how to mend it, and the command that repeats it. */
export const failureSection = (page: Page): SafeHtml => {
  const failures = failuresOf(page.records)
  // What surely failed is read first; a terminal, which shows its end, has the other order.
  const all = [...problems(page), ...failures.toReversed().map((failure) => failureCard(failure, page))]
  return html`<section id="failures" aria-labelledby="failures-title"><h2 id="failures-title">What was not passed</h2>
${all.length === 0 ? html`<p class="calm">Nothing: every check passed, or is absent, not applicable or waived.</p>` : all}
${failures.length > 1 ? html`<p>Repeat all of it with:</p>${commandBox(repeatCommand(page.records, failures))}` : undefined}
</section>`
}
