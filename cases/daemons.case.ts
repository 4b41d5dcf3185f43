import { daemons } from '../harness/facts/daemons.ts'
import { judgeDaemons } from '../harness/rules/daemons/judge-daemons.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'daemons.type-safe',
  {
    claim:
      'every long-running process is written in a type-safe language, or in a container whose namespaces and capabilities the policy bounds',
    promise: 'P5',
    severity: 'high',
    vantages: ['inside', 'at-rest'],
    guest: 'shared',
    twins: ['stray-processes'],
    remedy:
      'Run it in a container, and declare that under daemons.contained in the policy; better, replace it by one in Go, Rust or OCaml.',
  },
  async ({ probe, image, policy }) =>
    judgeDaemons(await daemons(await probe(), await image()), policy.daemons),
)
