import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoreSlots } from '../machine/core-slots.ts'
import type { Check } from '../rules/catalogue.ts'
import type { Judgement } from '../rules/verdict.ts'
import { Schedule } from './schedule.ts'
import { demoCheck, type FakeLab, failing, fakeLab, passing } from './testing/fake-lab.ts'
import { openTwin, planTwins } from './twins.ts'

const check = (id: string, ...twins: [string, ...string[]]) => demoCheck(id, async () => passing, { twins })

describe('planTwins', () => {
  it('should gather the checks of each twin', () => {
    const plan = planTwins([check('root.a', 'tmpfs', 'weak'), check('root.b', 'tmpfs')], ['tmpfs', 'weak'])
    expect([...plan.checks].map(([twin, checks]) => [twin, checks.map(({ id }) => id)])).toEqual([
      ['tmpfs', ['root.a', 'root.b']],
      ['weak', ['root.a']],
    ])
    expect(plan).toMatchObject({ unknown: [], unused: [] })
  })

  it('should find checks without a twin and twins without a check', () => {
    const plan = planTwins([check('root.a', 'gone')], ['idle'])
    expect(plan.unknown).toEqual(['root.a names the twin gone, which does not exist'])
    expect(plan.unused).toEqual(['idle'])
  })
})

describe('openTwin', () => {
  let folder: string
  let cleanup: () => Promise<void>

  beforeEach(async () => {
    const made = await dir({ unsafeCleanup: true })
    folder = made.path
    cleanup = made.cleanup
    await writeFile(join(folder, 'kernel'), 'a kernel')
    await writeFile(
      join(folder, 'policy.yml'),
      `waivers: [{check: root.demo, subjects: [/etc], reason: known, expires: '2999-01-01'}]`,
    )
    await writeFile(
      join(folder, 'target.yml'),
      'name: broken\npolicy: policy.yml\nlogin: {ssh: {user: root}}\narchitectures: {x86_64: {kernel: kernel}}\n',
    )
  })
  afterEach(() => cleanup())

  const open = (
    architecture: 'x86_64' | 'arm64',
    checks: readonly Check[] = [],
    parts: FakeLab = fakeLab(),
  ) =>
    openTwin(
      {
        name: 'broken',
        checks,
        image: { flaw: 'the root can be written', target: join(folder, 'target.yml') },
        architecture,
        accelerator: 'prefer',
        keep: 'cache',
        reports: join(folder, 'reports'),
        schedule: new Schedule({
          slots: new CoreSlots({ directory: join(folder, 'cores') }),
          signal: new AbortController().signal,
        }),
        expected: () => 1,
      },
      parts,
    )

  it('should accept what is waived on the reference image, and nothing more', async () => {
    const twin = await open('x86_64')
    const more: Judgement = {
      ...failing,
      evidence: [...failing.evidence, { vantage: 'inside', source: '/usr', found: 'rw', subject: '/usr' }],
    }
    expect(await twin?.judge(demoCheck('root.demo', async () => failing))).toMatchObject({
      verdict: 'waived',
    })
    expect(await twin?.judge(demoCheck('root.demo', async () => more))).toMatchObject({ verdict: 'fail' })
    await twin?.[Symbol.asyncDispose]()
    await access(join(folder, 'reports', 'twins', 'broken', 'x86_64', 'console.log'))
  })

  it.each([
    ['enter containers once where several checks try something in them', 'pristine', true],
    ['leave containers alone where hardly any check tries something in them', 'shared', false],
  ] as const)('should %s', async (_, guest, enterContainers) => {
    const ids = ['container.devices', 'container.seccomp', 'root.containers']
    const checks = ids.map((id) => demoCheck(id, async () => failing, { guest }))
    const parts = fakeLab()
    const twin = await open('x86_64', checks, parts)
    await twin?.judge(demoCheck('root.demo', async () => failing))
    await twin?.[Symbol.asyncDispose]()
    expect(parts.boots).toMatchObject([{ enterContainers }])
  })

  it('should say so where the twin does not exist on an architecture', async () => {
    expect(await open('arm64')).toBeUndefined()
  })
})
