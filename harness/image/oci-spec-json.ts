import { parse, type ValueNode } from '@humanwhocodes/momoa'
import type { z } from 'zod'
import { DrydockError, messageOf } from '../common/errors.ts'
import { checkAgainst } from '../common/schema-problems.ts'
import { neutraliseLine } from '../common/text.ts'

/** Lists and objects inside each other at most; a spec has six. The parser calls itself for each. */
const deepest = 100

const wrong = (path: string, line: number, expected: string, found: string, cause?: unknown): DrydockError =>
  new DrydockError(`${neutraliseLine(path)}:${line}: expected ${expected}, found ${found}`, {
    code: 'BAD_JSON',
    blame: 'usage',
    cause,
  })

/** The line on which the text is deeper than allowed, or undefined. */
const tooDeep = (text: string): number | undefined => {
  let depth = 0
  let line = 1
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') line++
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      if (++depth > deepest) return line
    } else if (character === '}' || character === ']') depth--
  }
  return undefined
}

interface Duplicate {
  readonly name: string
  readonly line: number
}

/** The first key that an object has twice: which of the two counts depends on who reads it. */
const duplicateKey = (node: ValueNode): Duplicate | undefined => {
  const found: Duplicate[] = []
  const visit = (value: ValueNode): void => {
    if (value.type === 'Array') for (const element of value.elements) visit(element.value)
    if (value.type !== 'Object') return
    const seen = new Set<string>()
    for (const member of value.members) {
      const name = member.name.type === 'String' ? member.name.value : member.name.name
      // Go, in which runtimes are written, does not mind capitals.
      if (seen.has(name.toLowerCase())) found.push({ name, line: member.name.loc.start.line })
      seen.add(name.toLowerCase())
      visit(member.value)
    }
  }
  visit(node)
  return found[0]
}

/** The line of the value at a path, or of the nearest thing around it that there is. */
const lineOf = (root: ValueNode, path: readonly PropertyKey[]): number => {
  let node = root
  let line = root.loc.start.line
  for (const key of path) {
    if (node.type === 'Object') {
      const member = node.members.find(({ name }) => name.type === 'String' && name.value === String(key))
      if (member === undefined) break
      line = member.name.loc.start.line
      node = member.value
    } else if (node.type === 'Array' && typeof key === 'number') {
      const element = node.elements[key]
      if (element === undefined) break
      node = element.value
      line = node.loc.start.line
    } else break
  }
  return line
}

/**
 * Reads JSON against a schema.
 * @param path only names it in errors
 * @throws DrydockError of blame `usage`, `FILE:LINE: expected ..., found ...`, for text that is no JSON, is nested too
 * deeply, has a key twice, or does not fit
 */
export const parseJson = <Schema extends z.ZodType>(
  bytes: Uint8Array,
  path: string,
  schema: Schema,
): z.output<Schema> => {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw wrong(path, 1, 'JSON in UTF-8', 'bytes that are not UTF-8', error)
  }
  const deep = tooDeep(text)
  if (deep !== undefined) throw wrong(path, deep, `at most ${deepest} levels of JSON`, 'more')
  let root: ValueNode
  let value: unknown
  try {
    root = parse(text, { mode: 'json' }).body
    value = JSON.parse(text)
  } catch (error) {
    const line = typeof error === 'object' && error !== null && 'line' in error ? Number(error.line) : 1
    const found = neutraliseLine(messageOf(error), 200).replace(/ \(\d+:\d+\)$|\.$/g, '')
    throw wrong(path, line || 1, 'valid JSON', found, error)
  }
  const twice = duplicateKey(root)
  if (twice !== undefined) {
    throw wrong(
      path,
      twice.line,
      'each key once',
      `a second ${neutraliseLine(JSON.stringify(twice.name), 80)}`,
    )
  }
  const checked = checkAgainst(value, schema)
  if (!('problems' in checked)) return checked.value
  const [first] = checked.problems
  throw wrong(
    path,
    lineOf(root, first?.path ?? []),
    first?.expected ?? 'a valid file',
    first?.found ?? 'another',
  )
}
