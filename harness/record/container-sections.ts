import type { CheckResult } from '../rules/evaluate.ts'
import type { ContainerRow } from '../rules/verdict.ts'
import { sectionOf } from './collect-sections.ts'
import type { Sections } from './sections.ts'

/** Of a namespace: another at every boot, so that no two records would be alike. */
const inode = /:\[\d+\]/g

const rowOf = (
  check: string,
  row: ContainerRow,
  named: ReadonlySet<string>,
): readonly [string, Record<string, string>] => {
  const { container, property, inside, host, expected, control } = row
  const known = { inside, host, expected, control }
  const name = `${container}: ${property}`
  return [
    // One mount is looked at by several checks.
    named.has(name) ? `${name} (${check})` : name,
    {
      check,
      ...Object.fromEntries(
        Object.entries(known).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value.replaceAll(inode, '')]],
        ),
      ),
    },
  ]
}

/** What checks of containers have tabulated: properties as both sides see them, and attacks with their controls. */
export const containerSections = (
  results: readonly Pick<CheckResult, 'id' | 'judgement'>[],
): Pick<Sections, 'container-properties' | 'container-attacks'> => {
  const all = results.flatMap(({ id, judgement }) => (judgement.rows ?? []).map((row) => ({ id, row })))
  const section = (source: string, rows: typeof all) => {
    const named = new Set<string>()
    const unique = rows.map(({ id, row }) => {
      const made = rowOf(id, row, named)
      named.add(made[0])
      return made
    })
    return sectionOf({ source, rows: unique })
  }
  const attacks = all.filter(({ row }) => row.control !== undefined)
  const properties = all.filter(({ row }) => row.control === undefined)
  return {
    ...(properties.length === 0
      ? {}
      : { 'container-properties': section('running containers, from the host and from within', properties) }),
    ...(attacks.length === 0
      ? {}
      : { 'container-attacks': section('attempts in running containers', attacks) }),
  }
}
