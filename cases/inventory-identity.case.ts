import { bootIdentity } from '../harness/facts/inventory/boot-identity.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'

check(
  'base.identity-per-boot',
  {
    claim: 'two boots of one image have other host keys and another machine-id',
    promise: 'P20',
    severity: 'high',
    vantages: ['inside', 'outside'],
    guest: 'cold-boot',
    draws: [bootIdentity],
    twins: ['fixed-identity'],
    remedy: 'Make host keys and machine-id from random numbers, after the kernel says that it has some.',
  },
  async (context) => {
    const [one, two] = await acrossBoots(context, bootIdentity, () => false, 2)
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, { vantage, source, value }] of one?.value ?? []) {
      const other = two?.value.get(name)?.value
      const found = `${value.slice(0, 60)}, then ${(other ?? 'none').slice(0, 60)}`
      if (value === other)
        bad.push({ vantage, source, found, expected: 'another one at each boot', subject: name })
      else good.push({ vantage, source, found })
    }
    // What the kernel itself draws at each boot is always among them.
    return judge.findings({
      vantage: 'inside',
      source: `${one?.boot}, and ${two?.boot}`,
      bad,
      good,
      expectedAtLeast: 2,
      what: 'identities',
    })
  },
)
