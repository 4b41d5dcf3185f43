import type { Collected } from '../../facts/inventory/collected.ts'
import type { ArtefactContext } from '../context.ts'
import type { Judgement } from '../verdict.ts'
import { atRestKinds } from './at-rest-kinds.ts'
import { guestKinds } from './guest-kinds.ts'
import { type ForbiddenId, forbiddenIds, type InventoryId } from './inventory-ids.ts'
import type { InventoryKind } from './inventory-kind.ts'
import { judgeInventory } from './judge-inventory.ts'

/** Every kind, those at rest first. */
export const inventoryKinds: readonly InventoryKind[] = [...atRestKinds, ...guestKinds]

export const isForbidden = (id: InventoryId | ForbiddenId): id is ForbiddenId =>
  forbiddenIds.some((forbidden) => forbidden === id)

/** Judges what was collected of a kind by the target's inventory and by the standard of the kind. */
export const judgeKind = (
  kind: InventoryKind,
  { policy, architecture }: Pick<ArtefactContext, 'policy' | 'architecture'>,
  collected: Collected,
): Judgement => {
  const { id, things, standard, vantages } = kind
  const { inventory } = policy
  const question = { things, collected, standard, vantage: vantages[0] ?? 'at-rest' }
  if (isForbidden(id)) {
    return judgeInventory({ ...question, expected: undefined, list: '', standardSuffices: true })
  }
  const expected = inventory?.entriesOf(id, architecture)
  const list =
    inventory === undefined
      ? 'the policy names no inventory'
      : expected === undefined
        ? `${inventory.file} has no ${id}`
        : inventory.file
  return judgeInventory({ ...question, expected, list, standardSuffices: standard !== undefined })
}
