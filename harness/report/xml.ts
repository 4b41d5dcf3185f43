/** An XML element; a string among the children is text. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (Element | string)[]
}

export const element = (
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly (Element | string)[] = [],
): Element => ({ name, attributes, children })

// XML 1.0 cannot hold these at all, not even as references: https://www.w3.org/TR/xml/#charsets
const impossible = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const visible = (character: string): string =>
  `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`

const escaped = (text: string): string =>
  text
    .replace(impossible, visible)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    // Only `]]>` must not stand in text, but no reader minds every `>`.
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // A reader would otherwise turn these into line feeds, or in attributes into blanks.
    .replaceAll('\r', '&#13;')

const attributeText = (text: string): string =>
  escaped(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')

const lines = ({ name, attributes, children }: Element, indent: string): string => {
  const opening = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${attributeText(value)}"`),
  ].join(' ')
  if (children.length === 0) return `${indent}<${opening}/>\n`
  const inner = children
    .map((child) => (typeof child === 'string' ? escaped(child) : lines(child, `${indent}  `)))
    .join('')
  const isText = children.every((child) => typeof child === 'string')
  return isText
    ? `${indent}<${opening}>${inner}</${name}>\n`
    : `${indent}<${opening}>\n${inner}${indent}</${name}>\n`
}

/** A whole XML 1.0 document in UTF-8. Characters that XML cannot hold become visible as `\xNN`. */
export const xmlDocument = (root: Element): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, '')}`
