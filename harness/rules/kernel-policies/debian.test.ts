import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { debianArchitectureOf } from '../../common/debian-lock.ts'
import { readKernelConfig } from '../../image/kernel-config-file.ts'
import { parseKernelVersion } from '../kernel/kernel-version.ts'
import { judgeByPolicy, kernelWaiverProblems, waiverUses } from './judge-by-policy.ts'
import { loadKernelPolicy } from './kernel-policy-file.ts'

// The machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const fixtures = join(import.meta.dirname, '../../../fixtures/kernel-config')
const today = '2026-11-24'

const judge = async (name: string, policyName: string) => {
  const { architecture, release = '', options } = await readKernelConfig(join(fixtures, `${name}.config.gz`))
  if (architecture === undefined) throw new Error(`${name} says no architecture`)
  const policy = await loadKernelPolicy(policyName)
  const version = parseKernelVersion(release)
  const facts = { architecture, version, config: options, cmdline: undefined, sysctls: undefined }
  const judgement = judgeByPolicy(facts, policy, today)
  return { ...judgement, policy, uses: waiverUses(policy, judgement) }
}

const idsWith = (verdict: string, { results }: Awaited<ReturnType<typeof judge>>): readonly string[] =>
  results.filter((result) => result.verdict === verdict).map(({ id }) => id)

describe.each(architectures)("Debian's kernels for %s", (architecture) => {
  const debian = debianArchitectureOf(architecture)
  const names = ['6.1-cloud', '6.12-cloud', '6.12', '7.2-cloud', '7.3-cloud'].map(
    (kind) => `debian-${kind}-${debian}`,
  )

  it.each(names)('should be judged by every rule, each once: %s', async (name) => {
    const { facts, results } = await judge(name, 'kspp')
    expect(facts).toMatchObject({ architecture, version: { major: Number(/\d+/.exec(name)?.[0]) } })
    const kconfig = results.filter(({ type }) => type === 'kconfig')
    expect(kconfig.length).toBeGreaterThan(230)
    expect(new Set(results.map(({ id }) => id)).size).toBe(results.length)
    expect(kconfig.filter(({ verdict }) => verdict === 'inconclusive')).toEqual([])
    expect(kconfig.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(90)
    expect(kconfig.filter(({ verdict }) => verdict === 'fail').length).toBeGreaterThan(50)
  })

  it('should be as the policy debian-cloud has recorded them', async () => {
    const judged = await judge(`debian-6.12-cloud-${debian}`, 'debian-cloud')
    expect(idsWith('fail', judged)).toEqual([])
    expect(kernelWaiverProblems(judged.policy, [judged.uses], today)).toEqual([])
  })

  it('should differ from the record where an older kernel was weaker', async () => {
    const weaker = idsWith('fail', await judge(`debian-6.1-cloud-${debian}`, 'debian-cloud'))
    expect(weaker.length).toBeGreaterThan(0)
    const recorded = await judge(`debian-6.12-cloud-${debian}`, 'debian-cloud')
    expect(weaker.filter((id) => idsWith('waived', recorded).includes(id))).toEqual([])
  })

  it('should tell of waivers that a newer kernel no longer needs', async () => {
    const { policy, uses } = await judge(`debian-7.2-cloud-${debian}`, 'debian-cloud')
    const problems = kernelWaiverProblems(policy, [uses], today)
    expect(problems.length).toBeGreaterThan(0)
    expect(new Set(problems.map(({ kind }) => kind))).toEqual(new Set(['not-needed']))
  })

  it('should fail less by the policy for hosts of containers, and never more', async () => {
    const name = `debian-6.12-cloud-${debian}`
    const strict = idsWith('fail', await judge(name, 'kspp'))
    const moby = idsWith('fail', await judge(name, 'moby'))
    expect(strict).toEqual(expect.arrayContaining([...moby]))
    expect(moby.length).toBeLessThan(strict.length)
  })
})
