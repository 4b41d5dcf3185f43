import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
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

/**
 * Reads a policy and all that it stands on; without a path, the shipped `moby`.
 * All errors are of blame `usage`, `FILE:LINE: expected ..., found ...`.
 */
export const loadPolicy = async (path?: string): Promise<Policy> => {
  const files = await readPolicyChain(
    path === undefined ? join(kind.shipped, `${kind.defaultBase}.yml`) : resolve(path),
    kind,
  )
  return mergeLayers(
    files.map((file) => ({
      file: file.path,
      layer: file.value,
      waiverLines: (file.value.waivers ?? []).map((_, index) => file.lineOf(['waivers', index])),
    })),
  )
}
