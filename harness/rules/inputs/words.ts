/** A word of an instruction. */
export interface Word {
  readonly text: string
  /** Where it begins in the text that was split. */
  readonly at: number
}

export interface Split {
  /** `--from=x` and the like, without the dashes, by name in lower case; a flag given twice is here twice. */
  readonly flags: readonly { readonly name: string; readonly value: string; readonly at: number }[]
  /** What follows the flags. */
  readonly words: readonly Word[]
}

/** Splits at blanks outside of quotes, which stay where they are; an escape takes the next character with it. */
const splitWords = (text: string, escapeMark: string): readonly Word[] => {
  const words: Word[] = []
  let start: number | undefined
  let quote = ''
  const end = (at: number): void => {
    if (start !== undefined) words.push({ text: text.slice(start, at), at: start })
    start = undefined
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (quote === '' && /\s/.test(character)) {
      end(at)
      continue
    }
    start ??= at
    if (character === escapeMark && quote !== "'") at++
    else if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
  }
  end(text.length)
  return words
}

const withoutQuotes = (text: string): string => text.replace(/["']/g, '')

/** The flags of an instruction and the words behind them. */
export const splitInstruction = (text: string, escapeMark: string): Split => {
  const all = splitWords(text, escapeMark)
  const first = all.findIndex(({ text: word }) => !word.startsWith('--'))
  const count = first < 0 ? all.length : first
  return {
    flags: all.slice(0, count).map(({ text: flag, at }) => {
      const [, name = '', value = ''] = /^--([^=]*)=?(.*)$/s.exec(flag) ?? []
      return { name: name.toLowerCase(), value: withoutQuotes(value), at }
    }),
    words: all.slice(count),
  }
}

/** `A=1 B="x y" C` as names with values, undefined where there is none. */
export const assignments = (
  words: readonly Word[],
): readonly { readonly name: string; readonly value: string | undefined }[] =>
  words.map(({ text }) => {
    const equals = text.indexOf('=')
    return equals < 0
      ? { name: withoutQuotes(text), value: undefined }
      : { name: withoutQuotes(text.slice(0, equals)), value: text.slice(equals + 1) }
  })
