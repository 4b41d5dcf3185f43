import { bootTraffic } from '../harness/facts/boot-traffic.ts'
import { judgeTraffic } from '../harness/rules/judge-traffic.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'

check(
  'network.sent',
  {
    claim: 'unasked, the image sends nothing but what the policy lets it send',
    promise: 'P14',
    severity: 'high',
    vantages: ['outside'],
    guest: 'cold-boot',
    draws: [bootTraffic],
    twins: ['self-updating'],
    remedy:
      'Switch off what looks for updates, names or the time by itself, or list it under network.sends in the policy.',
  },
  async (context) => {
    const fromPowerOn = (seen: readonly { readonly fromPowerOn: boolean }[]) =>
      seen.some((traffic) => traffic.fromPowerOn)
    return judgeTraffic(await acrossBoots(context, bootTraffic, fromPowerOn, 2), context.policy.network.sends)
  },
)
