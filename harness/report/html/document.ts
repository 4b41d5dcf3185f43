import { createHash } from 'node:crypto'
import type { Proofs } from '../proofs.ts'
import type { Run } from '../run.ts'
import type { Assets } from './assets.ts'
import { consoleSection } from './page/consoles.ts'
import { coverageSection } from './page/coverage.ts'
import { failureSection } from './page/failures.ts'
import { pageHeader } from './page/header.ts'
import { type Page, pageOf } from './page/page.ts'
import { paritySection } from './page/parity.ts'
import { tableSection } from './page/tables.ts'
import { timelineSection } from './page/timeline.ts'
import { verdictSection } from './page/verdicts.ts'
import { waiverSection } from './page/waivers.ts'
import { html, SafeHtml } from './safe-html.ts'

interface Part {
  /** Of its element, and hence of links to it. */
  readonly id: string
  readonly name: string
  readonly make: (page: Page) => SafeHtml | undefined
}

const parts: readonly Part[] = [
  { id: 'failures', name: 'Not passed', make: failureSection },
  { id: 'verdicts', name: 'Verdicts', make: verdictSection },
  { id: 'waivers', name: 'Waivers', make: waiverSection },
  { id: 'coverage', name: 'Coverage', make: coverageSection },
  { id: 'differences', name: 'Differences', make: paritySection },
  { id: 'boot', name: 'Boot', make: timelineSection },
  { id: 'consoles', name: 'Consoles', make: consoleSection },
  { id: 'lists', name: 'Lists', make: tableSection },
]

const sha256Of = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * Nothing may run or style but the two inlined texts, and nothing may be fetched. The player's terminal is
 * WebAssembly, which script-src has to name (https://www.w3.org/TR/CSP3/#directive-script-src).
 */
const policyOf = ({ script, style }: Assets): string =>
  [
    "default-src 'none'",
    `script-src ${sha256Of(script)} 'wasm-unsafe-eval'`,
    `style-src ${sha256Of(style)}`,
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

/**
 * Runs of one target as one HTML file that needs nothing else.
 * @param proofs of the checks that twins were run for
 */
export const htmlReport = (runs: readonly Run[], assets: Assets, proofs: Proofs = new Map()): string => {
  const page = pageOf(runs, proofs)
  const made = parts.flatMap(({ id, name, make }) => {
    const content = make(page)
    return content === undefined ? [] : [{ id, name, content }]
  })
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${page.records[0]?.target ?? 'no run'}: Drydock</title>
<style>${new SafeHtml(assets.style)}</style>
</head>
<body>
<a class="skip" href="#failures">to what was not passed</a>
<nav aria-label="Parts of the report"><ul>${made.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul><button type="button" id="theme" hidden>dark or light</button></nav>
${pageHeader(page)}
<main>${made.map(({ content }) => content)}</main>
<footer><p class="faint">Keys: <kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> next and previous check, <kbd>o</kbd> open or close it, <kbd>f</kbd> what was not passed, <kbd>Esc</kbd> clear.</p></footer>
<script>${new SafeHtml(assets.script)}</script>
</body>
</html>
`.text
}
