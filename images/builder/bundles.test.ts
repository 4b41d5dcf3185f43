import { describe, expect, it } from 'vitest'
import { readOciSpec } from '../../harness/image/oci-spec.ts'
import { judgeBundle } from '../../harness/rules/bundle/judge-bundle.ts'
import { loadPolicy } from '../../harness/rules/policy-file.ts'
import { containerTwins } from '../twins/container-twins.ts'
import type { Twin } from '../twins/twin.ts'
import { type Description, readDescription } from './description.ts'
import { bundlePath, ociSpec } from './oci-spec.ts'

const [reference, policy] = [await readDescription(), await loadPolicy('images/policy.yml')]

const judged = (description: Description, name: string, architecture: 'x86_64' | 'arm64') => {
  const container = [...description.onboot, ...description.services].find((one) => one.name === name)
  if (container === undefined) throw new Error(`the description has no container ${name}`)
  const spec = JSON.stringify(ociSpec(container, architecture, bundlePath('services', name)))
  return judgeBundle(
    { name, spec: readOciSpec(Buffer.from(spec), name), runtime: undefined },
    policy,
    '2026-07-01',
  )
}

const failing = (description: Description): readonly string[] =>
  judged(description, 'web', 'x86_64').results.flatMap(({ id, verdict }) => (verdict === 'fail' ? [id] : []))

const twins: Readonly<Record<keyof typeof containerTwins, Twin>> = containerTwins
const described = (name: keyof typeof containerTwins): Description =>
  twins[name].describe?.(reference, 'x86_64') ?? reference

describe("the reference image's bundles at rest", () => {
  it.each(['x86_64', 'arm64'] as const)('should keep the policy on %s', (architecture) => {
    const { results, systemCalls } = judged(reference, 'web', architecture)
    const others = results.flatMap(({ id, verdict }) => (verdict === 'pass' ? [] : [`${id} ${verdict}`]))
    expect(others).toEqual(['container.label inconclusive'])
    expect(systemCalls).toMatchObject([{ architecture, otherTables: [], beyond: [] }])
    expect(systemCalls[0]?.reachable).toBeLessThan(systemCalls[0]?.dockerDefault ?? 0)
  })

  it('should leave the way in alone, as the policy says', () => {
    expect(judged(reference, 'sshd', 'x86_64').trusted).toMatch(/administrators/)
  })

  it.each([
    ['container-writable-rootfs', ['root.containers']],
    ['host-pid-container', ['container.namespaces', 'container.host-processes']],
    ['unlimited-container', ['container.process-limit', 'container.memory-limit']],
    [
      'capable-container',
      [...['container.user', 'container.capabilities', 'container.privileged-operations']],
    ],
    [
      'unconfined-container',
      [
        ...[
          'container.namespaces',
          'container.host-processes',
          'container.user',
          'container.capabilities',
          'container.no-new-privileges',
        ],
        ...['container.privileged-operations', 'root.cover', 'container.seccomp', 'container.masked-paths'],
        ...[
          'container.host-settings',
          'container.cgroup-files',
          'container.propagation',
          'container.host-mounts',
        ],
        ...['container.runtime-sockets', 'container.mount-flags', 'container.devices'],
        ...['container.process-limit', 'container.memory-limit', 'container.cpu-limit'],
      ],
    ],
  ] as const)('should find the twin %s wrong in what it is wrong in', (name, expected) => {
    expect(failing(described(name))).toEqual(expected)
  })
})
