import { z } from 'zod'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { readYamlFile } from '../../common/yaml-file.ts'
import { type InventoryId, inventoryIds } from './inventory-ids.ts'

/** What an image is expected to have, of each kind and on each architecture. */
export interface Inventory {
  /** Where it was read. */
  readonly file: string
  /** By name, with what is told of it; undefined where the file does not have the kind. */
  entriesOf(id: InventoryId, architecture: Architecture): ReadonlyMap<string, string> | undefined
}

/** Names with what is told of them; without a value where there is nothing to tell. */
const names = z.record(z.string().min(1), z.string().nullable())

const section = z.strictObject({ all: names.optional(), x86_64: names.optional(), arm64: names.optional() })

/** One inventory file: by kind, what both architectures have and what one alone has. */
export const inventoryFile = z.strictObject(
  Object.fromEntries(inventoryIds.map((id) => [id, section.optional()])) as Record<
    InventoryId,
    z.ZodOptional<typeof section>
  >,
)
export type InventoryFile = z.output<typeof inventoryFile>

/** Reads an inventory. All errors are of blame `usage`, `FILE:LINE: expected ..., found ...`. */
export const readInventory = async (path: string): Promise<Inventory> => {
  const file = await readYamlFile(path, inventoryFile)
  for (const [id, lists] of Object.entries(file.value)) {
    for (const architecture of architectures) {
      for (const name of Object.keys(lists?.[architecture] ?? {})) {
        if (lists?.all !== undefined && Object.hasOwn(lists.all, name)) {
          throw file.problem([id, architecture, name], 'a name that `all` does not have', name)
        }
      }
    }
  }
  return inventoryOf(path, file.value)
}

export const inventoryOf = (file: string, value: InventoryFile): Inventory => ({
  file,
  entriesOf: (id, architecture) => {
    const lists = value[id]
    if (lists === undefined) return undefined
    const entries = [...Object.entries(lists.all ?? {}), ...Object.entries(lists[architecture] ?? {})]
    return new Map(entries.map(([name, detail]) => [name, detail ?? '']))
  },
})
