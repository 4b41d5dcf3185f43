/** Values by name: what ARG and ENV have set so far. */
export type Variables = ReadonlyMap<string, string>

export interface Expanded {
  /** Unresolved variables are left out of it. */
  readonly text: string
  /** Names without a value, and substitutions that are not understood. */
  readonly unresolved: readonly string[]
}

/** Characters of a value at most: values that double themselves would fill the memory. */
const mostCharacters = 4096

/** Substitutions inside substitutions at most. */
const deepest = 8

/** The offset of the brace that closes a substitution, or undefined. */
const closingBrace = (word: string, from: number): number | undefined => {
  let depth = 1
  for (let at = from; at < word.length; at++) {
    if (word[at] === '{' && word[at - 1] === '$') depth++
    else if (word[at] === '}' && --depth === 0) return at
  }
  return undefined
}

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` (also without the colon) and takes quotes and
 * escapes away, as BuildKit does in FROM, ADD and ARG. Other substitutions count as unresolved.
 */
export const expand = (word: string, variables: Variables, escapeMark = '\\', depth = 0): Expanded => {
  const unresolved: string[] = []
  let text = ''
  let quote = ''
  const look = (name: string): string => {
    const value = variables.get(name)
    if (value === undefined) unresolved.push(name)
    return value ?? ''
  }
  const nested = (inner: string): string => {
    const expanded = expand(inner, variables, escapeMark, depth + 1)
    unresolved.push(...expanded.unresolved)
    return expanded.text
  }
  const substitute = (inside: string): string => {
    const [whole = '', name = '', operator] = /^(\w+)(:?[-+?])?/.exec(inside) ?? []
    if (name === '' || depth >= deepest || (operator === undefined && whole !== inside)) {
      unresolved.push(inside)
      return ''
    }
    if (operator === undefined) return look(name)
    const value = variables.get(name)
    const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'))
    const alternative = inside.slice(whole.length)
    if (operator.endsWith('+')) return isSet ? nested(alternative) : ''
    if (isSet) return value
    return operator.endsWith('-') ? nested(alternative) : look(name)
  }
  for (let at = 0; at < word.length && text.length <= mostCharacters; at++) {
    const character = word[at] ?? ''
    if (character === escapeMark && quote !== "'") text += word[++at] ?? ''
    else if ((character === '"' || character === "'") && (quote === '' || quote === character)) {
      quote = quote === '' ? character : ''
    } else if (character === '$' && quote !== "'" && word[at + 1] === '{') {
      const close = closingBrace(word, at + 2)
      text += substitute(word.slice(at + 2, close))
      at = close ?? word.length
    } else if (character === '$' && quote !== "'") {
      const [name = ''] = /^\w+/.exec(word.slice(at + 1, at + 1 + mostCharacters)) ?? []
      text += name === '' ? '$' : look(name)
      at += name.length
    } else text += character
  }
  if (text.length <= mostCharacters) return { text, unresolved }
  return {
    text: text.slice(0, mostCharacters),
    unresolved: [...unresolved, `a value of more than ${mostCharacters} characters`],
  }
}
