import { type Section, type SectionId, sectionIds, sectionTitles } from '../../../record/sections.ts'
import { html, type SafeHtml } from '../safe-html.ts'
import type { Page } from './page.ts'

interface Listed {
  readonly architecture: string
  readonly section: Section
}

type Rows = readonly { readonly name: string; readonly cells: readonly string[]; readonly differs: boolean }[]

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort()

const onlyValue = (properties: Readonly<Record<string, string>> | undefined): string =>
  properties === undefined ? '-' : (Object.values(properties)[0] ?? 'yes')

/** Things with one property each: a column for each architecture. */
const sideBySide = (listed: readonly Listed[]): Rows =>
  sorted(listed.flatMap(({ section }) => Object.keys(section.rows))).map((name) => {
    const cells = listed.map(({ section }) => onlyValue(section.rows[name]))
    return { name, cells, differs: new Set(cells).size > 1 }
  })

const table = (title: string, columns: readonly string[], rows: Rows): SafeHtml =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${title}"><table><thead><tr><th scope="col">name</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead><tbody>${rows.map(
    ({ name, cells, differs }) =>
      html`<tr${differs ? html` class="differs"` : undefined}><th scope="row"><code>${name}</code></th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`

const tablesOf = (title: string, listed: readonly Listed[]): readonly SafeHtml[] => {
  const columns = [
    ...new Set(
      listed.flatMap(({ section }) => Object.values(section.rows).flatMap((row) => Object.keys(row))),
    ),
  ]
  if (columns.length < 2)
    return [
      table(
        title,
        listed.map(({ architecture }) => architecture),
        sideBySide(listed),
      ),
    ]
  return listed.map(({ architecture, section }) => {
    const rows = Object.entries(section.rows).map(([name, properties]) => ({
      name,
      cells: columns.map((column) => properties[column] ?? '-'),
      differs: false,
    }))
    return html`<h4>${architecture}</h4>${table(`${title}, ${architecture}`, columns, rows)}`
  })
}

const listOf = (id: SectionId, { records }: Page): SafeHtml | undefined => {
  const listed = records.flatMap(({ architecture, sections }): Listed[] => {
    const section = sections[id]
    return section === undefined ? [] : [{ architecture, section }]
  })
  if (listed.length === 0) return undefined
  const title = sectionTitles[id]
  const counts = listed.map(({ section }) => Object.keys(section.rows).length)
  return html`<details class="list" id="list-${id}"><summary><h3>${title}</h3> <span class="faint">${[...new Set(counts)].join(' and ')}</span></summary>
${listed.map(
  ({ architecture, section }) =>
    html`<p class="faint">${architecture}: ${section.source}${section.problem === null ? undefined : html`; <b>${section.problem}</b>`}</p>`,
)}
<p class="list-filter" hidden><label>Filter ${title.toLowerCase()} <input type="search" autocomplete="off" spellcheck="false"></label></p>
${tablesOf(title, listed)}</details>`
}

/** What the image has, listed: kernel options, settings, binaries, daemons, containers, mounts and more. */
export const tableSection = (page: Page): SafeHtml | undefined => {
  const lists = sectionIds.flatMap((id) => listOf(id, page) ?? [])
  return lists.length === 0
    ? undefined
    : html`<section id="lists" aria-labelledby="lists-title"><h2 id="lists-title">What the image has</h2>${lists}</section>`
}
