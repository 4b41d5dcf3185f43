import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml'
import type { z } from 'zod'
import { DrydockError, messageOf } from './errors.ts'
import { checkAgainst } from './schema-problems.ts'
import { neutraliseLine } from './text.ts'

/** Bytes. A description of an image or a policy is a few kilobytes; more is a mistake. */
const sizeLimit = 1024 * 1024

/** Aliases resolved at most; a file written by hand has none or a few, a "billion laughs" file has thousands. */
const aliasLimit = 100

/** A YAML file that has passed its schema, and where each of its values stands. */
export interface YamlFile<T> {
  readonly path: string
  readonly value: T
  /** The line, from 1, of the value under these keys, or of the nearest thing around it that exists. */
  lineOf(keys: readonly PropertyKey[]): number
  /** An error of blame `usage`, `PATH:LINE: expected EXPECTED, found FOUND`, for rules that a schema cannot hold. */
  problem(keys: readonly PropertyKey[], expected: string, found: string): DrydockError
}

const wrong = (place: string, expected: string, found: string, cause?: unknown): DrydockError =>
  new DrydockError(`${neutraliseLine(place)}: expected ${expected}, found ${found}`, {
    code: 'BAD_YAML',
    blame: 'usage',
    ...(cause === undefined ? {} : { cause }),
  })

/** The text of a YAML file, or a `usage` error that says what is there instead. */
const readText = async (path: string): Promise<string> => {
  const missing: Record<string, string> = {
    ENOENT: 'nothing at that path',
    ENOTDIR: 'nothing at that path',
    EACCES: 'a file that may not be read',
  }
  // Without O_NONBLOCK, opening a FIFO by mistake would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      throw wrong(path, 'a YAML file', missing[error.code ?? ''] ?? messageOf(error), error)
    },
  )
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw wrong(path, 'a YAML file', 'a directory')
    if (!stat.isFile()) throw wrong(path, 'a YAML file', 'something that is not a regular file')
    if (stat.size > sizeLimit) throw wrong(path, 'a YAML file of at most 1 MiB', `${stat.size} bytes`)
    const bytes = await file.readFile()
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (error) {
      throw wrong(path, 'YAML in UTF-8', 'bytes that are not UTF-8', error)
    }
  } finally {
    await file.close()
  }
}

/** Where a key stands for the second time in its mapping; undefined where none does. */
const secondKeyIn = (document: Document.Parsed): number | undefined => {
  let offset: number | undefined
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        if (seen.has(name)) {
          offset = key.range?.[0] ?? 0
          return visit.BREAK
        }
        seen.add(name)
      }
      return undefined
    },
  })
  return offset
}

/** Checks YAML text; `path` only names it in errors. Throws a `usage` error for the first problem in the file. */
export const parseYaml = <Schema extends z.ZodType>(
  text: string,
  path: string,
  schema: Schema,
): YamlFile<z.output<Schema>> => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    ...{ lineCounter: lines, prettyErrors: false, version: '1.2' },
    // The library compares each key with all before it: tens of thousands take it minutes.
    uniqueKeys: false,
  })
  const place = (offset: number) => `${path}:${Math.max(1, lines.linePos(offset).line)}`

  const syntax = document.errors[0] ?? document.warnings[0]
  if (syntax !== undefined) {
    throw wrong(place(syntax.pos[0]), 'valid YAML', neutraliseLine(syntax.message, 200), syntax)
  }
  const second = secondKeyIn(document)
  if (second !== undefined) {
    const quoted = neutraliseLine(text.slice(second, second + 40).split('\n')[0] ?? '', 40)
    throw wrong(place(second), 'each key once', `a second ${quoted}`)
  }

  const offsetOf = (keys: readonly PropertyKey[]): number => {
    let node: Node | null | undefined = document.contents
    let offset = node?.range?.[0] ?? 0
    for (const key of keys) {
      if (isAlias(node)) node = node.resolve(document)
      if (isMap<Node, Node | null>(node)) {
        const pair: Pair<Node, Node | null> | undefined = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(key),
        )
        if (pair === undefined) break
        offset = pair.key.range?.[0] ?? offset
        node = pair.value
      } else if (isSeq<Node>(node) && typeof key === 'number') {
        node = node.items[key]
        offset = node?.range?.[0] ?? offset
      } else break
    }
    return offset
  }

  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: aliasLimit })
  } catch (error) {
    throw wrong(
      `${path}:1`,
      `at most ${aliasLimit} uses of aliases`,
      neutraliseLine(messageOf(error), 200),
      error,
    )
  }
  const checked = checkAgainst(value, schema)
  if ('problems' in checked) {
    const [first] = checked.problems
    if (first === undefined) throw wrong(`${path}:1`, 'a valid file', 'a problem without a description')
    throw wrong(place(offsetOf(first.path)), first.expected, first.found)
  }
  return {
    path,
    value: checked.value,
    lineOf: (keys) => Math.max(1, lines.linePos(offsetOf(keys)).line),
    problem: (keys, expected, found) => wrong(place(offsetOf(keys)), expected, found),
  }
}

/** Reads and checks a YAML file, keeping the positions of its values. All errors are of blame `usage`. */
export const readYamlFile = async <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<YamlFile<z.output<Schema>>> => parseYaml(await readText(path), path, schema)

/** Reads and checks a YAML file. All errors are of blame `usage`, `PATH:LINE: expected ..., found ...`. */
export const readYaml = async <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> => (await readYamlFile(path, schema)).value
