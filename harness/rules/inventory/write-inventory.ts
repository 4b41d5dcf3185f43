import { stringify } from 'yaml'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { type InventoryId, inventoryIds } from './inventory-ids.ts'

/** What was found of each kind, on each architecture that was looked at. */
export type Found = Readonly<
  Partial<Record<Architecture, ReadonlyMap<InventoryId, ReadonlyMap<string, string>>>>
>

type Section = Partial<Record<'all' | Architecture, Record<string, string | null>>>

/** What every architecture has alike, and what is left of each; of one architecture alone nothing is common. */
const sectionOf = (lists: ReadonlyMap<Architecture, ReadonlyMap<string, string>>): Section => {
  const [first, ...others] = [...lists.values()]
  const isCommon = (name: string, detail: string): boolean =>
    others.length > 0 && first?.get(name) === detail && others.every((list) => list.get(name) === detail)
  const plain = (entries: Iterable<readonly [string, string]>): Record<string, string | null> =>
    Object.fromEntries([...entries].map(([name, detail]) => [name, detail === '' ? null : detail]))
  const all = [...(first ?? [])].filter(([name, detail]) => isCommon(name, detail))
  const section: Section = { ...(all.length === 0 && others.length === 0 ? {} : { all: plain(all) }) }
  for (const [architecture, list] of lists) {
    const own = [...list].filter(([name, detail]) => !isCommon(name, detail))
    if (own.length > 0 || others.length === 0) section[architecture] = plain(own)
  }
  return section
}

const head = `# What this image is expected to have, exactly: what is not listed fails, and so does what is listed and not there.
# Made by \`drydock baseline\`. Review it: every line is something that an attacker can use. Then name this file under
# \`inventory\` in the policy.
`

/** The text of an inventory file, in an order that does not depend on the machine, so that differences can be read. */
export const inventoryText = (found: Found, aboutOf: (id: InventoryId) => string): string => {
  const parts = inventoryIds.flatMap((id) => {
    const lists = new Map(
      architectures.flatMap((architecture): [Architecture, ReadonlyMap<string, string>][] => {
        const list = found[architecture]?.get(id)
        return list === undefined ? [] : [[architecture, list]]
      }),
    )
    if (lists.size === 0) return []
    const text = stringify({ [id]: sectionOf(lists) }, { lineWidth: 0, nullStr: '' })
    return [`\n# ${aboutOf(id)}\n${text.replace(/: $/gm, ':')}`]
  })
  return head + parts.join('')
}
