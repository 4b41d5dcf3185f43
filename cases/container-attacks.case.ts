import { containerClaims } from '../harness/rules/container-claims.ts'
import { attackClasses } from '../harness/rules/containers/attacks.ts'
import { battery } from '../harness/rules/containers/battery.ts'
import { judgeExhaustion } from '../harness/rules/containers/exhaustion.ts'
import { judgeAttacks, judgeHarm } from '../harness/rules/containers/judge-attacks.ts'
import { judgeRuntime } from '../harness/rules/containers/judge-runtime.ts'
import { check } from '../harness/vitest/check.ts'

// What is tried from inside of every container. All attacks run in one guest, whichever check asks first.

const otherTwins: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'escape.page-cache': ['container-writable-rootfs'],
}

for (const { id } of attackClasses) {
  check(
    id,
    {
      ...containerClaims[id],
      vantages: ['inside'],
      guest: 'pristine',
      twins: otherTwins[id] ?? ['unconfined-container'],
    },
    async (context) => judgeAttacks((await battery(context)).results.get(id) ?? []),
  )
}

check(
  'escape.host-unharmed',
  {
    ...containerClaims['escape.host-unharmed'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
  },
  async (context) => judgeHarm(await battery(context)),
)

check(
  'escape.runtime',
  {
    ...containerClaims['escape.runtime'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['misled-runtime'],
  },
  judgeRuntime,
)

check(
  'container.exhaustion',
  {
    ...containerClaims['container.exhaustion'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unlimited-container'],
  },
  judgeExhaustion,
)
