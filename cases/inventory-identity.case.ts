import { bootIdentity } from '../harness/facts/inventory/boot-identity.ts'
import { coldOnly } from '../harness/guest/cold-only.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'base.identity-per-boot',
  {
    claim: 'two boots of one image have other host keys and another machine-id',
    promise: 'P20',
    severity: 'high',
    vantages: ['inside', 'outside'],
    guest: 'cold-boot',
    twins: ['fixed-identity'],
    remedy: 'Make host keys and machine-id from random numbers, after the kernel says that it has some.',
  },
  async (context) => {
    const boots = []
    for (let boot = 0; boot < 2; boot += 1) {
      await using guest = coldOnly(await context.coldBoot('login'), 'the identity of the machine')
      boots.push(await bootIdentity(guest))
    }
    const [one, two] = boots
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, { vantage, source, value }] of one ?? []) {
      const other = two?.get(name)?.value
      const found = `${value.slice(0, 60)}, then ${(other ?? 'none').slice(0, 60)}`
      if (value === other)
        bad.push({ vantage, source, found, expected: 'another one at each boot', subject: name })
      else good.push({ vantage, source, found })
    }
    // What the kernel itself draws at each boot is always among them.
    return judge.findings({
      vantage: 'inside',
      source: 'two boots',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'identities',
    })
  },
)
