import { neutralise } from '../../common/text.ts'

/** Text that is HTML already. Only `html` makes it, so that nothing a guest says gets into a page as markup. */
export class SafeHtml {
  readonly text: string
  /** Only for `html` and for assets of the checkout. */
  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template; a list is put together without anything in between, nothing is left out. */
export type HtmlValue = SafeHtml | string | number | undefined | readonly HtmlValue[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // Some parsers of old take it for a quote.
  '`': '&#96;',
}

/** Control characters and marks that turn text around become visible, lone halves of characters a replacement mark. */
export const escapeHtml = (text: string): string =>
  neutralise(text)
    .toWellFormed()
    .replace(/[&<>"'`]/g, (character) => entities[character] ?? '')

const textOf = (value: HtmlValue): string => {
  if (value === undefined) return ''
  if (value instanceof SafeHtml) return value.text
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return value.map(textOf).join('')
}

/**
 * Template of a piece of HTML: every value is escaped, both for text and for attributes in double quotes. Values stand
 * nowhere else: not in tags' names, scripts, styles or attributes without quotes.
 */
export const html = (literals: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml =>
  new SafeHtml(literals.reduce((text, literal, index) => `${text}${textOf(values[index - 1])}${literal}`))

/** JSON for a data block: no byte of it can end the element that it stands in. */
export const dataBlock = (id: string, value: unknown): SafeHtml => {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return html`<script type="application/json" id="${id}">${new SafeHtml(json)}</script>`
}
