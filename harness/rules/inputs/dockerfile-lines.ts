import { type Complain, shown } from './build-input.ts'
import { heredocsOf } from './heredoc.ts'

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string
  /** All behind the keyword. */
  readonly rest: string
  /** The line, from 1, on which the character of `rest` at an offset stands. */
  lineAt(offset: number): number
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[]
  /** The image that interprets the file (`# syntax=`), with its line. */
  readonly syntax: { readonly image: string; readonly line: number } | undefined
  readonly escapeMark: '\\' | '`'
}

/** The instructions that there are (Dockerfile reference, syntax 1.20). */
export const keywords = [
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL'],
  ...['MAINTAINER', 'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
]

const directiveForm = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.*\S)\s*$/

const isComment = (line: string): boolean => line.trimStart().startsWith('#')

/** The directives at the top; the first line that is none ends them, an unknown one too. */
const directivesOf = (lines: readonly string[], complain: Complain) => {
  const found = new Map<string, { value: string; line: number }>()
  for (const [index, line] of lines.entries()) {
    if (index === 0 && line.startsWith('#!')) continue
    const [, name = '', value = ''] = directiveForm.exec(line.trimStart().slice(0, 1000)) ?? []
    const key = name.toLowerCase()
    if (!['syntax', 'escape', 'check'].includes(key)) break
    if (found.has(key)) throw complain(index + 1, `one directive ${key}`, 'a second one')
    found.set(key, { value, line: index + 1 })
  }
  return found
}

/** Without some characters at its end. A regular expression takes quadratic time for it. */
const withoutEnd = (line: string, characters: string): string => {
  let end = line.length
  while (end > 0 && characters.includes(line[end - 1] ?? '')) end--
  return line.slice(0, end)
}

/** The text before an escape at the end of a line; undefined where the line ends the instruction. */
const continued = (line: string, escapeMark: string): string | undefined => {
  const text = withoutEnd(line, ' \t')
  const isEscaped = text.at(-2) === escapeMark
  return text.endsWith(escapeMark) && !isEscaped ? text.slice(0, -1) : undefined
}

/**
 * Splits a Dockerfile into instructions as BuildKit does (frontend/dockerfile/parser): continued lines, comments and
 * blank lines between them, here-documents. Takes time that grows with the length of the text.
 */
export const readDockerfile = (text: string, complain: Complain): Dockerfile => {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => withoutEnd(line, '\r'))
  const directives = directivesOf(lines, complain)
  const { value: escapeMark = '\\', line: escapeLine = 1 } = directives.get('escape') ?? {}
  if (escapeMark !== '\\' && escapeMark !== '`')
    throw complain(escapeLine, 'the escape \\ or `', shown(escapeMark))
  const syntax = directives.get('syntax')

  const instructions: Instruction[] = []
  for (let at = 0; at < lines.length; at++) {
    const first = lines[at]?.trimStart() ?? ''
    if (first === '' || isComment(first)) continue
    const line = at + 1
    const pieces: { readonly text: string; readonly start: number; readonly line: number }[] = []
    let length = 0
    for (let next: string | undefined = first; next !== undefined; ) {
      const open = continued(next, escapeMark)
      const piece = open ?? next
      pieces.push({ text: piece, start: length, line: at + 1 })
      length += piece.length
      next = undefined
      while (open !== undefined && next === undefined && at + 1 < lines.length) {
        at++
        const candidate = lines[at] ?? ''
        if (candidate.trim() !== '' && !isComment(candidate)) next = candidate
      }
    }
    const instruction = instructionOf(pieces)
    if (instruction === undefined) continue
    const known = keywords.includes(instruction.keyword)
    if (!known) throw complain(line, 'an instruction of a Dockerfile', shown(instruction.keyword))
    instructions.push(instruction)
    for (const { end, stripsTabs } of heredocsOf(instruction)) {
      const isEnd = (candidate: string): boolean =>
        (stripsTabs ? candidate.replace(/^\t+/, '') : candidate) === end
      do at++
      while (at < lines.length && !isEnd(lines[at] ?? ''))
      if (at >= lines.length) {
        throw complain(line, `a line ${shown(end)} that ends the here-document`, 'the end of the file')
      }
    }
  }
  return {
    instructions,
    syntax: syntax && { image: syntax.value.split(/\s/)[0] ?? '', line: syntax.line },
    escapeMark,
  }
}

const instructionOf = (
  pieces: readonly { readonly text: string; readonly start: number; readonly line: number }[],
): Instruction | undefined => {
  const joined = pieces.map(({ text }) => text).join('')
  const [whole = '', keyword = ''] = /^\s*(\S+)\s*/.exec(joined) ?? []
  if (keyword === '') return undefined
  return {
    keyword: keyword.toUpperCase(),
    rest: joined.slice(whole.length),
    lineAt: (offset) => pieces.findLast(({ start }) => start <= offset + whole.length)?.line ?? 1,
  }
}
