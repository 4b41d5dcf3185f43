import type { RunRecord } from '../record/record.ts'
import { block } from './failures.ts'
import { safeLine } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'

type Rows = readonly (readonly [name: string, properties: Readonly<Record<string, string>>])[]

const rowsOf = ({ sections }: RunRecord, id: 'container-properties' | 'container-attacks'): Rows =>
  Object.entries(sections[id]?.rows ?? {})

const containerOf = (name: string): string => name.split(': ', 1)[0] ?? name

const counted = (rows: Rows, one: string, good: string): string => {
  const fine = rows.filter(([, { expected }]) => expected === undefined).length
  return rows.length === 0 ? `no ${one} looked at` : `${fine} of ${rows.length} ${one} ${good}`
}

/** A line for each container: how many properties are as they should be, and how many attacks failed. */
export const containerReport = (records: readonly RunRecord[], { width }: TextOptions): string =>
  records
    .flatMap((record) => {
      const [properties, attacks] = [
        rowsOf(record, 'container-properties'),
        rowsOf(record, 'container-attacks'),
      ]
      const names = new Set([...properties, ...attacks].map(([name]) => containerOf(name)))
      return [...names].flatMap((container) => {
        const own = (rows: Rows) => rows.filter(([name]) => containerOf(name) === container)
        const calls = own(properties).find(([name]) => name === `${container}: system calls`)?.[1].inside
        const parts = [
          counted(own(properties), 'properties', 'as expected'),
          counted(own(attacks), 'attacks', 'refused'),
          ...(calls === undefined ? [] : [`${calls} system calls reached`]),
        ]
        const line = `container ${container} on ${record.architecture}: ${parts.join(', ')}`
        return block(safeLine(line), 0, width)
      })
    })
    .join('\n')
