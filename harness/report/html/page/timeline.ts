import { scaleLinear } from 'd3-scale'
import { phases } from '../../../common/errors.ts'
import type { RunRecord } from '../../../record/record.ts'
import { duration } from '../../words.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

interface Bar {
  readonly phase: string
  readonly from: number
  readonly to: number
}

const barsOf = ({ timings }: RunRecord): readonly Bar[] => {
  const bars: Bar[] = []
  for (const phase of phases) {
    const took = timings[phase]
    const from = bars.at(-1)?.to ?? 0
    if (took !== undefined) bars.push({ phase, from, to: from + took })
  }
  return bars
}

const laneHeight = 44
const axisHeight = 24
const percent = (value: number): string => `${value.toFixed(3)}%`

const lane = (
  record: RunRecord,
  bars: readonly Bar[],
  place: (ms: number) => number,
  top: number,
): SafeHtml =>
  html`<text x="0" y="${top + 12}" class="lane">${record.architecture}</text>${bars.map(
    ({ phase, from, to }) =>
      html`<rect class="p-${phase}" x="${percent(place(from))}" width="${percent(Math.max(0.15, place(to) - place(from)))}" y="${top + 18}" height="20" rx="2"><title>${record.architecture} ${phase}: ${duration(to - from)}</title></rect>`,
  )}`

const chart = (lanes: readonly { readonly record: RunRecord; readonly bars: readonly Bar[] }[]): SafeHtml => {
  const longest = Math.max(...lanes.map(({ bars }) => bars.at(-1)?.to ?? 0))
  const scale = scaleLinear().domain([0, longest]).nice(6).range([0, 97])
  const height = lanes.length * laneHeight
  return html`<svg class="timeline" role="img" aria-label="Boot by phase" width="100%" height="${height + axisHeight}">
${scale
  .ticks(6)
  .map(
    (tick) =>
      html`<line class="tick" x1="${percent(scale(tick))}" x2="${percent(scale(tick))}" y1="0" y2="${height}"/><text class="tick" x="${percent(scale(tick))}" y="${height + 16}">${tick / 1000} s</text>`,
  )}
${lanes.map(({ record, bars }, index) => lane(record, bars, scale, index * laneHeight))}</svg>`
}

const slowestShown = 8

const slowest = ({ records }: Page): SafeHtml => {
  const rows = records
    .flatMap((record) => record.checks.map((check) => ({ check, record })))
    .sort((one, other) => other.check.durationMs - one.check.durationMs)
    .slice(0, slowestShown)
  return html`<h3>The slowest checks</h3><ul class="slowest">${rows.map(
    ({ check, record }) =>
      html`<li><a href="#${check.id}">${check.id}</a> on ${record.architecture}: ${duration(check.durationMs)}</li>`,
  )}</ul>`
}

/** The boot that guests come from as a timeline by phase, with the figures in a table. */
export const timelineSection = (page: Page): SafeHtml => {
  const lanes = page.records
    .map((record) => ({ record, bars: barsOf(record) }))
    .filter(({ bars }) => bars.some(({ from, to }) => to > from))
  const known = phases.filter((phase) => lanes.some(({ bars }) => bars.some((bar) => bar.phase === phase)))
  return html`<section id="boot" aria-labelledby="boot-title"><h2 id="boot-title">Boot</h2>
${
  lanes.length === 0
    ? html`<p class="calm">No guest booted.</p>`
    : html`${chart(lanes)}
<div class="scroll" tabindex="0" role="group" aria-label="Boot by phase, as figures"><table class="phases"><thead><tr><th scope="col">phase</th>${lanes.map(({ record }) => html`<th scope="col">${record.architecture}</th>`)}</tr></thead><tbody>${known.map(
        (phase) =>
          html`<tr><th scope="row"><span class="swatch p-${phase}" aria-hidden="true"></span>${phase}</th>${lanes.map(({ record }) => html`<td>${record.timings[phase] === undefined ? '-' : duration(record.timings[phase])}</td>`)}</tr>`,
      )}</tbody></table></div>`
}
${page.records.some(({ checks }) => checks.length > 0) ? slowest(page) : undefined}</section>`
}
