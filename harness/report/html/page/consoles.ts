import { linesOf } from '../../recording.ts'
import { dataBlock, html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

/** The serial lines as recordings that can be played and searched. */
export const consoleSection = ({ runs }: Page): SafeHtml | undefined => {
  const recorded = runs.flatMap(({ record, recording }) =>
    recording === undefined || recording.events.length === 0
      ? []
      : [{ architecture: record.architecture, recording }],
  )
  if (recorded.length === 0) return undefined
  return html`<section id="consoles" aria-labelledby="consoles-title"><h2 id="consoles-title">Consoles</h2>
${recorded.map(
  ({
    architecture,
    recording,
  }) => html`<div class="console" id="console-${architecture}" data-architecture="${architecture}">
<h3>${architecture}${recording.cut === undefined ? undefined : html` <span class="faint">${recording.cut}</span>`}</h3>
<div class="halves"><div class="player"><button type="button" class="open-player" hidden>Play the console of ${architecture}</button></div>
<div class="search" hidden><label>Search the console of ${architecture} <input type="search" autocomplete="off" spellcheck="false"></label>
<output aria-live="polite"></output><ol class="hits" tabindex="0" aria-label="lines of the console of ${architecture}"></ol></div></div>
<noscript><p>To play it here takes JavaScript; it lies beside this file as console.log.</p></noscript></div>
${dataBlock(`recording-${architecture}`, {
  columns: recording.columns,
  rows: recording.rows,
  events: recording.events,
  lines: linesOf(recording).map(({ at, text }) => [at, text]),
})}`,
)}</section>`
}
