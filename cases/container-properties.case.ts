import { type ContainerClaimId, containerClaims } from '../harness/rules/container-claims.ts'
import { judgeLive } from '../harness/rules/containers/judge-live.ts'
import { judgeSystemCalls } from '../harness/rules/containers/judge-system-calls.ts'
import { liveProperties } from '../harness/rules/containers/live-properties.ts'
import { check } from '../harness/vitest/check.ts'

// What each running container is, as the host and the container itself see it.

/** By the id of the check: containers that lack the property beside, or instead of, the one that lacks nearly all. */
const otherTwins: Readonly<Partial<Record<ContainerClaimId, readonly [string, ...string[]]>>> = {
  'container.capabilities': ['capable-container', 'unconfined-container'],
  'container.root-mount': ['container-writable-rootfs'],
}

for (const property of liveProperties) {
  check(
    property.id,
    {
      ...containerClaims[property.id],
      vantages: ['inside'],
      guest: 'shared',
      twins: otherTwins[property.id] ?? ['unconfined-container'],
    },
    async (context) => await judgeLive(await context.probe(), context.policy, property),
  )
}

check(
  'container.system-calls',
  {
    ...containerClaims['container.system-calls'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
  },
  judgeSystemCalls,
)
