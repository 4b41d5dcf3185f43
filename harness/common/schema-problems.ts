import { z } from 'zod'
import { didYouMean } from './closest.ts'
import { neutraliseLine } from './text.ts'

/** One way in which a value breaks its schema, in words. */
export interface SchemaProblem {
  /** Keys and indices from the top of the value to the place. */
  readonly path: readonly PropertyKey[]
  /** Follows "expected". */
  readonly expected: string
  /** Follows "found". */
  readonly found: string
}

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

const typeNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
}

/** A value as a reader of the file knows it: short, quoted, safe for a terminal. */
export const describeValue = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  return neutraliseLine(JSON.stringify(value) ?? String(value), 80)
}

const amount = (origin: string, count: number | bigint): string => {
  if (origin === 'string')
    return count === 1n || Number(count) === 1 ? `${count} character` : `${count} characters`
  if (origin === 'array' || origin === 'set') return Number(count) === 1 ? `${count} item` : `${count} items`
  return String(count)
}

/** What zod would have accepted. Schemas override it with `error`, worded to follow "expected". */
const expectedBy = (issue: RawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.length === 1
        ? describeValue(issue.values[0])
        : `one of ${issue.values.map(describeValue).join(', ')}`
    case 'too_small':
      return issue.origin === 'string' && Number(issue.minimum) === 1
        ? 'text that is not empty'
        : `at least ${amount(issue.origin, issue.minimum)}`
    case 'too_big':
      return `at most ${amount(issue.origin, issue.maximum)}`
    case 'invalid_format':
      return issue.pattern === undefined
        ? `text in the form of ${issue.format}`
        : `text that matches ${issue.pattern}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    default:
      return 'a valid value'
  }
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** The keys that a JSON schema allows at a path; several where alternatives differ. */
const keysAt = (schema: unknown, path: readonly PropertyKey[]): string[] => {
  if (!isObject(schema)) return []
  const alternatives = [schema.anyOf, schema.oneOf, schema.allOf].filter(Array.isArray).flat()
  const nested = alternatives.flatMap((alternative) => keysAt(alternative, path))
  const [key, ...rest] = path
  if (key === undefined) {
    const names = isObject(schema.propertyNames) ? schema.propertyNames.enum : undefined
    return [
      ...(isObject(schema.properties) ? Object.keys(schema.properties) : []),
      ...(Array.isArray(names) ? names.map(String) : []),
      ...nested,
    ]
  }
  const child =
    typeof key === 'number'
      ? schema.items
      : ((isObject(schema.properties) ? schema.properties[String(key)] : undefined) ??
        schema.additionalProperties)
  return [...keysAt(child, rest), ...nested]
}

/** The value is not even of the alternative's kind, so that the alternative's further demands do not matter. */
const isOtherKind = (issues: readonly Issue[]): boolean =>
  issues.some(({ path, code }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'))

/** A union names every alternative, unless the value has the shape of just one: then that one's own problem is told. */
const flatten = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const near = issue.errors.filter((branch) => !isOtherKind(branch))
  const chosen = near.length === 1 ? near[0] : undefined
  if (chosen !== undefined) {
    return chosen.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  const wanted = [
    ...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => inner.message))),
  ]
  return [{ code: 'custom', path: issue.path, message: wanted.join(' or ') }]
}

const unknownKeysFirst = (a: Issue, b: Issue): number =>
  Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys')

/**
 * Checks a value; gives the schema's output, or every problem: unknown keys first, since a misspelt key explains why
 * another one is missing.
 */
export const checkAgainst = <Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
): { readonly value: z.output<Schema> } | { readonly problems: readonly SchemaProblem[] } => {
  const result = schema.safeParse(value, { error: (issue) => ({ message: expectedBy(issue) }) })
  if (result.success) return { value: result.data }
  const known = (path: readonly PropertyKey[]) =>
    keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), path)
  const problems = result.error.issues
    .flatMap(flatten)
    .sort(unknownKeysFirst)
    .flatMap((issue): SchemaProblem[] => {
      if (issue.code === 'unrecognized_keys') {
        const keys = known(issue.path)
        return issue.keys.map((key) => ({
          path: [...issue.path, key],
          expected: keys.length === 0 ? 'no such key' : `one of the keys ${keys.join(', ')}`,
          found: `unknown key ${describeValue(key)}${didYouMean(key, keys)}`,
        }))
      }
      if (issue.code === 'invalid_key') {
        const key = String(issue.path.at(-1) ?? '')
        return [
          {
            path: issue.path,
            expected: issue.issues[0]?.message ?? 'a valid key',
            found: `key ${describeValue(key)}${didYouMean(key, known(issue.path.slice(0, -1)))}`,
          },
        ]
      }
      const found = valueAt(value, issue.path)
      const last = issue.path.at(-1)
      const expected =
        found === undefined && typeof last === 'string'
          ? `the key \`${last}\` (${issue.message})`
          : issue.message
      return [{ path: issue.path, expected, found: describeValue(found) }]
    })
  return { problems }
}
