import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DrydockError } from '../common/errors.ts'
import type { YamlFile } from '../common/yaml-file.ts'
import { type Inventory, readInventory } from './inventory/inventory-file.ts'
import type { Policy } from './policy.ts'
import { type PolicyKind, readPolicyChain, shippedNames } from './policy-chain.ts'
import { mergeLayers } from './policy-merge.ts'
import { type PolicyLayer, policyLayer } from './policy-schema.ts'

const kind: PolicyKind<PolicyLayer> = {
  shipped: fileURLToPath(new URL('./policies/', import.meta.url)),
  schema: policyLayer,
  defaultBase: 'moby',
}

/** Names of the policies that come with Drydock. */
export const shippedPolicies = async (): Promise<readonly string[]> => await shippedNames(kind.shipped)

export interface PolicyOptions {
  /** For whoever is about to write the inventory that the policy names. @default false */
  readonly ignoreInventory?: boolean
}

/**
 * Reads a policy and all that it stands on; without a path, the shipped `moby`.
 * All errors are of blame `usage`, `FILE:LINE: expected ..., found ...`.
 */
export const loadPolicy = async (
  path?: string,
  { ignoreInventory = false }: PolicyOptions = {},
): Promise<Policy> => {
  const files = await readPolicyChain(
    path === undefined ? join(kind.shipped, `${kind.defaultBase}.yml`) : resolve(path),
    kind,
  )
  const policy = mergeLayers(
    files.map((file) => ({
      file: file.path,
      layer: file.value,
      waiverLines: (file.value.waivers ?? []).map((_, index) => file.lineOf(['waivers', index])),
    })),
  )
  return { ...policy, inventory: ignoreInventory ? undefined : await inventoryOf(files) }
}

/** The last layer that names one decides; a path is relative to the file that it stands in. */
const inventoryOf = async (files: readonly YamlFile<PolicyLayer>[]): Promise<Inventory | undefined> => {
  const last = files.findLast(({ value }) => value.inventory !== undefined)
  if (last?.value.inventory === undefined) return undefined
  const path = resolve(dirname(last.path), last.value.inventory)
  try {
    return await readInventory(path)
  } catch (error) {
    if (!(error instanceof DrydockError) || !error.shortMessage.startsWith(`${path}: `)) throw error
    throw last.problem(['inventory'], 'an inventory file', error.shortMessage)
  }
}
