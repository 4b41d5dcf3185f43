import type { BundleCheck } from './bundle.ts'
import { mountChecks } from './checks/mounts.ts'
import { namespaceChecks } from './checks/namespaces.ts'
import { pathChecks } from './checks/paths.ts'
import { privilegeChecks } from './checks/privileges.ts'
import { resourceChecks } from './checks/resources.ts'
import { seccompChecks } from './checks/seccomp.ts'

/** Every claim about a container at rest. */
export const bundleChecks: readonly BundleCheck[] = [
  ...namespaceChecks,
  ...privilegeChecks,
  ...seccompChecks,
  ...pathChecks,
  ...mountChecks,
  ...resourceChecks,
]
