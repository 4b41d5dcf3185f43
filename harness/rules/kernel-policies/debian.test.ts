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

  it.each(['6.1', '6.12', '7.2', '7.3'])(
    'should be as the policy debian-cloud has recorded them: %s',
    async (series) => {
      const judged = await judge(`debian-${series}-cloud-${debian}`, 'debian-cloud')
      expect(idsWith('fail', judged)).toEqual([])
      expect(idsWith('waived', judged).length).toBeGreaterThan(50)
      expect(kernelWaiverProblems(judged.policy, [judged.uses], today)).toEqual([])
    },
  )

  it('should need waivers that others of them do not', async () => {
    const [older, newer] = [
      idsWith('waived', await judge(`debian-6.1-cloud-${debian}`, 'debian-cloud')),
      idsWith('waived', await judge(`debian-7.2-cloud-${debian}`, 'debian-cloud')),
    ]
    expect(older.filter((id) => !newer.includes(id))).toContain('kconfig.KFENCE')
    expect(newer.filter((id) => !older.includes(id))).toContain('kconfig.CACHESTAT_SYSCALL')
  })

  it('should fail less by the policy for hosts of containers, and never more', async () => {
    const name = `debian-6.12-cloud-${debian}`
    const strict = idsWith('fail', await judge(name, 'kspp'))
    const moby = idsWith('fail', await judge(name, 'moby'))
    expect(strict).toEqual(expect.arrayContaining([...moby]))
    expect(moby.length).toBeLessThan(strict.length)
  })
})
