import { exitCodeOfRecords } from '../../../record/exit-code.ts'
import type { RunRecord } from '../../../record/record.ts'
import { isGreen, verdicts } from '../../../rules/verdict.ts'
import { countWords, duration } from '../../words.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

const bar = (record: RunRecord): SafeHtml => {
  const all = record.checks.length
  let from = 0
  const parts = verdicts.flatMap((verdict) => {
    const width = all === 0 ? 0 : (record.summary[verdict] / all) * 100
    if (width === 0) return []
    const x = from
    from += width
    return [
      html`<rect class="f-${verdict}" x="${x.toFixed(3)}%" y="0" width="${width.toFixed(3)}%" height="12"><title>${record.summary[verdict]} ${countWords[verdict]}</title></rect>`,
    ]
  })
  return html`<svg class="bar" role="img" aria-label="Share of each verdict" width="100%" height="12">${parts}</svg>`
}

const counts = ({ summary }: RunRecord): SafeHtml =>
  html`<ul class="counts">${verdicts
    .filter((verdict) => summary[verdict] > 0 || verdict === 'pass' || verdict === 'fail')
    .map(
      (verdict) =>
        html`<li class="${isGreen(verdict) || summary[verdict] === 0 ? 'quiet' : 'loud'}"><span class="dot f-${verdict}" aria-hidden="true"></span><b>${summary[verdict]}</b> ${countWords[verdict]}</li>`,
    )}</ul>`

const guestWords = ({ guests }: RunRecord): string | undefined => {
  if (guests === null) return undefined
  if (guests.notFrozen !== null) return `not frozen, so every attack booted: ${guests.notFrozen}`
  return guests.fromCache
    ? `forked from an earlier boot of this image, of ${guests.bootedAt}`
    : `forked from a boot of this run, of ${guests.bootedAt}`
}

const facts = (record: RunRecord): SafeHtml => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['kernel', record.kernel ?? undefined],
    ['QEMU', record.qemu ?? undefined],
    ['CPU', record.cpu ?? undefined],
    [
      'accelerator',
      record.accelerator === null
        ? undefined
        : `${record.accelerator.used} (${record.accelerator.policy}: ${record.accelerator.reason})`,
    ],
    ['guests', guestWords(record)],
    ['took', duration(record.durationMs)],
  ]
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value ?? 'unknown'}</dd>`)}
${record.image.files.map(
  ({ role, path, sha256Before, sha256After }) =>
    html`<dt>${role}</dt><dd><code title="${path}">${path.split('/').at(-1)}</code> <code class="digest" title="SHA-256">${sha256Before.slice(0, 16)}…</code>${sha256After === sha256Before ? undefined : html` <b class="v-fail">changed during the run</b>`}</dd>`,
)}</dl>`
}

/** What was judged, and what it came to. */
export const pageHeader = ({ records }: Page): SafeHtml => {
  const [first] = records
  const passed = exitCodeOfRecords(records) === 0
  return html`<header><p class="brand">Drydock <span class="faint">${first?.drydock}</span></p>
<h1>${first?.target ?? 'no run'} <span class="outcome ${passed ? 'v-pass' : 'v-fail'}">${passed ? 'passed' : 'not passed'}</span></h1>
<p class="faint"><code>${first?.source}</code> <time datetime="${first?.startedAt}">${first?.startedAt.replace('T', ' ').slice(0, 16)} UTC</time></p>
<div class="halves">${records.map(
    (record) =>
      html`<section class="run" aria-label="${record.architecture}"><h2>${record.architecture}</h2>${bar(record)}${counts(record)}<details class="facts"><summary>image, kernel and machine</summary>${facts(record)}</details></section>`,
  )}</div></header>`
}
