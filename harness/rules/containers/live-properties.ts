import { identityProperties } from './identity.ts'
import type { LiveProperty } from './live.ts'
import { mountProperties } from './mounts.ts'
import { reachProperties } from './reach.ts'

/** Every property of a running container that reading shows, without any attempt. */
export const liveProperties: readonly LiveProperty[] = [
  ...identityProperties,
  ...mountProperties,
  ...reachProperties,
]
