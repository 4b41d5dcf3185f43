/** A here-document that follows an instruction. */
export interface Heredoc {
  /** The line that ends it. */
  readonly end: string
  /** Whether tabs before that line do not count (`<<-`). */
  readonly stripsTabs: boolean
}

const takesHeredocs = ['ADD', 'COPY', 'RUN']

const isJsonForm = (text: string): boolean => {
  if (!text.startsWith('[')) return false
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((item) => typeof item === 'string')
  } catch {
    return false
  }
}

interface Word {
  /** With its quotes and escapes. */
  raw: string
  /** Without. */
  plain: string
}

/** Words of a line as BuildKit's shell splits it; undefined where a quote is not closed, for then it sees none. */
const shellWords = (line: string): readonly Word[] | undefined => {
  const words: Word[] = []
  let word: Word = { raw: '', plain: '' }
  const add = (raw: string, plain = raw): void => {
    word.raw += raw
    word.plain += plain
  }
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (character === '\\') {
      at++
      add(`\\${line[at] ?? ''}`, line[at] ?? '')
    } else if (character === "'" || character === '"') {
      const close = closingQuote(line, at)
      if (close === undefined) return undefined
      add(line.slice(at, close + 1), line.slice(at + 1, close))
      at = close
    } else if (line.startsWith('<<', at)) {
      // Blanks between << and the word belong to it.
      const [mark = '<<'] = /^<<-?\s*/.exec(line.slice(at, at + 100)) ?? []
      add(mark)
      at += mark.length - 1
    } else if (/\s/.test(character)) {
      if (word.raw !== '') words.push(word)
      word = { raw: '', plain: '' }
    } else add(character)
  }
  if (word.raw !== '') words.push(word)
  return words
}

const closingQuote = (line: string, open: number): number | undefined => {
  const quote = line[open] ?? ''
  for (let at = open + 1; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at++
    else if (line[at] === quote) return at
  }
  return undefined
}

/** The here-documents that an instruction opens, in their order (BuildKit, frontend/dockerfile/parser). */
export const heredocsOf = ({ keyword, rest }: { keyword: string; rest: string }): readonly Heredoc[] => {
  if (keyword === 'ONBUILD') {
    const [whole = '', inner = ''] = /^(\S+)\s*/.exec(rest) ?? []
    return inner === '' || inner.toUpperCase() === 'ONBUILD'
      ? []
      : heredocsOf({ keyword: inner.toUpperCase(), rest: rest.slice(whole.length) })
  }
  if (!takesHeredocs.includes(keyword) || !rest.includes('<<') || isJsonForm(rest.trim())) return []
  return (shellWords(rest) ?? []).flatMap(({ raw, plain }) => {
    const [, dash] = /^\d*<<(-?)\s*[^<\s][^<]*$/s.exec(raw) ?? []
    return dash === undefined ? [] : [{ end: plain.replace(/^\d*<<-?\s*/, ''), stripsTabs: dash === '-' }]
  })
}
