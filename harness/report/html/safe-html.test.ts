import fc from 'fast-check'
import { parseDocument } from 'htmlparser2'
import { describe, expect, it } from 'vitest'
import { hostileText } from '../testing/hostile-records.ts'
import { dataBlock, html, SafeHtml } from './safe-html.ts'

const textOf = (node: unknown): string => {
  const { data, children } = node as { data?: string; children?: unknown[] }
  return `${data ?? ''}${(children ?? []).map(textOf).join('')}`
}

describe('html', () => {
  it('should keep what a template says and escape what stands in it', () => {
    expect(html`<b title="${'"x" & `y`'}">${'<i>'}${1}${undefined}</b>`.text).toBe(
      '<b title="&quot;x&quot; &amp; &#96;y&#96;">&lt;i&gt;1</b>',
    )
    expect(html`<ul>${['a', 'b'].map((one) => html`<li>${one}</li>`)}</ul>`.text).toBe(
      '<ul><li>a</li><li>b</li></ul>',
    )
  })

  it('should show bytes that a terminal obeys, and marks that turn text around', () => {
    expect(html`${'\u001b[31m\u202egpj.exe'}`.text).toBe('\\x1b[31m\\x202egpj.exe')
  })

  it('should never let a text become an element or an attribute', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { text: markup } = html`<p title="${text}">${text}</p>`
        const [element, ...more] = parseDocument(markup).children
        expect(more).toEqual([])
        const { name, attribs, children } = element as unknown as {
          name: string
          attribs: Record<string, string>
          children: { type: string }[]
        }
        expect(name).toBe('p')
        expect(Object.keys(attribs)).toEqual(['title'])
        expect(children.every(({ type }) => type === 'text')).toBe(true)
        expect(textOf(element)).toBe(attribs.title)
      }),
    )
  })
})

describe('dataBlock', () => {
  it('should give back every value, and end nowhere but at its end', () => {
    fc.assert(
      fc.property(fc.array(hostileText), (texts) => {
        const { text } = dataBlock('d', texts)
        expect(text.match(/</g)).toHaveLength(2)
        expect(JSON.parse(text.replace(/^<script[^>]*>|<\/script>$/g, ''))).toEqual(texts)
      }),
    )
  })

  it('should be of a kind that templates take as it is', () => {
    expect(dataBlock('d', '</script><script>')).toBeInstanceOf(SafeHtml)
    expect(dataBlock('d', '</script><script>').text).not.toContain('</script><')
  })
})
