import type { RecordedCheck, RunRecord } from '../../../record/record.ts'
import { type PromiseId, promises } from '../../../rules/promises.ts'
import { isGreen, verdicts } from '../../../rules/verdict.ts'
import { repeatOne } from '../../failure-groups.ts'
import { duration } from '../../words.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import { evidenceList } from './evidence.ts'
import { commandBox } from './failures.ts'
import type { Page } from './page.ts'
import { verdictMark } from './verdict-words.ts'

/** A check on each architecture that judged it. */
interface Row {
  readonly id: string
  readonly any: RecordedCheck
  readonly on: readonly { readonly record: RunRecord; readonly check: RecordedCheck }[]
}

const rowsOf = ({ records }: Page): readonly Row[] => {
  const rows = new Map<string, Row>()
  for (const record of records) {
    for (const check of record.checks) {
      const known = rows.get(check.id)
      rows.set(check.id, {
        id: check.id,
        any: known?.any ?? check,
        on: [...(known?.on ?? []), { record, check }],
      })
    }
  }
  return [...rows.values()]
}

const detail = ({ record, check }: Row['on'][number], page: Page): SafeHtml =>
  html`<div class="half"><h4>${record.architecture} ${verdictMark(check.verdict)} <span class="faint">${duration(check.durationMs)}</span></h4>
<p>${check.reason}</p>${evidenceList(check, record.architecture, page.moments(record.architecture))}</div>`

const proofWords = ({ any, id }: Row, { proofs }: Page): SafeHtml | undefined => {
  if (any.twins.length === 0) return undefined
  const proven = proofs.get(id)
  const words =
    proven === undefined ? 'must fail on' : proven ? 'proven: it fails on' : 'NOT PROVEN: it did not fail on'
  return html`<p class="faint">${words} the ${any.twins.length === 1 ? 'twin' : 'twins'} ${any.twins.join(', ')}</p>`
}

const rowHtml = (row: Row, page: Page): SafeHtml => {
  const { id, any, on } = row
  const [first] = on
  const cells = page.architectures.map((architecture) => {
    const found = on.find(({ record }) => record.architecture === architecture)
    return html`<span class="cell"><span class="on">${architecture} </span>${found === undefined ? '-' : verdictMark(found.check.verdict)}</span>`
  })
  const kinds = [...new Set(on.map(({ check }) => check.verdict))]
  return html`<details class="check" id="${id}" data-verdicts="${kinds.join(' ')}" data-severity="${any.severity}">
<summary><span class="id">${id}</span>${cells}<span class="claim">${any.title}</span></summary>
<div class="body"><p class="faint">${any.promise} ${promises[any.promise]}; ${any.severity}; seen ${any.vantages.join(', ')} <a href="#${id}" class="anchor">link to this check</a></p>
<div class="halves">${on.map((one) => detail(one, page))}</div>
${any.remedy === '' ? undefined : html`<p><b>${on.every(({ check }) => isGreen(check.verdict)) ? 'How it is passed' : 'To mend it'}:</b> ${any.remedy}</p>`}
${proofWords(row, page)}
${first === undefined ? undefined : commandBox(repeatOne(first.record, id))}</div></details>`
}

const byPromise = (a: PromiseId, b: PromiseId): number => Number(a.slice(1)) - Number(b.slice(1))

const filterBar = (page: Page): SafeHtml => {
  const present = verdicts.filter((verdict) => page.records.some(({ summary }) => summary[verdict] > 0))
  return html`<div class="filter" role="search" hidden>
<label>Filter <input type="search" id="filter" placeholder="id, claim, finding" autocomplete="off" spellcheck="false"></label>
<fieldset><legend class="hidden">Verdicts</legend>${present.map(
    (verdict) =>
      html`<label class="pill"><input type="checkbox" name="verdict" value="${verdict}" checked>${verdictMark(verdict)}</label>`,
  )}</fieldset>
<output id="filter-count" aria-live="polite"></output></div>`
}

/** Every verdict, by promise, architectures side by side; each opens to what it rests on. */
export const verdictSection = (page: Page): SafeHtml => {
  const groups = Map.groupBy(rowsOf(page), ({ any }) => any.promise)
  const ordered = [...groups].sort(([one], [other]) => byPromise(one, other))
  return html`<section id="verdicts" aria-labelledby="verdicts-title"><h2 id="verdicts-title">Verdicts by promise</h2>
${filterBar(page)}
${ordered.map(([promise, rows]) => {
  const green = rows.filter(({ on }) => on.every(({ check }) => isGreen(check.verdict))).length
  return html`<section class="promise columns-${page.architectures.length}" id="${promise}" aria-labelledby="${promise}-title">
<h3 id="${promise}-title"><span class="promise-id">${promise}</span> ${promises[promise]} <span class="faint">${green} of ${rows.length}</span></h3>
<div class="head" aria-hidden="true"><span>check</span>${page.architectures.map((one) => html`<span>${one}</span>`)}<span>claim</span></div>
${rows.map((row) => rowHtml(row, page))}</section>`
})}
</section>`
}
