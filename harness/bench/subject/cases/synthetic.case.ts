import { judge } from '../../../rules/judge.ts'
import { check } from '../../../vitest/check.ts'

/** As many checks as DRYDOCK_BENCH_CHECKS says, each as cheap as one can be: every second reads, the others attack. */

const claims = { promise: 'P9', severity: 'low', vantages: ['inside'], twins: ['none'], remedy: '-' } as const

const reads = (id: string): void =>
  check(id, { ...claims, claim: 'the kernel says its version', guest: 'shared' }, async ({ probe }) => {
    const source = '/proc/version'
    const found = (await (await probe()).host.read(source)).toString('latin1').trim()
    return judge.findings({
      ...{ vantage: 'inside', source, bad: [], what: 'files' },
      good: [{ vantage: 'inside', source, found }],
    })
  })

const attacks = (id: string): void =>
  check(
    id,
    { ...claims, claim: 'root cannot create a file in /etc', guest: 'pristine' },
    async ({ probe }) => {
      const { host } = await probe()
      return judge.refused(
        [{ what: 'create in /etc', attempted: await host.try('create', { path: '/etc' }) }],
        { control: [{ what: 'create in /run', attempted: await host.try('create', { path: '/run' }) }] },
      )
    },
  )

const count = Number(process.env.DRYDOCK_BENCH_CHECKS ?? 0)
for (let index = 0; index < count; index += 1) (index % 2 === 0 ? reads : attacks)(`bench.c${index}`)
