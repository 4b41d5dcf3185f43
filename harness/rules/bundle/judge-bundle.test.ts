import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLinuxkitRuntime, readOciSpec } from '../../image/oci-spec.ts'
import type { Policy } from '../policy.ts'
import { bundleChecks } from './bundle-checks.ts'
import { judgeBundle } from './judge-bundle.ts'
import { properties } from './properties.ts'
import { changed, failures, judged, moby, today } from './testing/sample-bundle.ts'

const folder = join(import.meta.dirname, '../../../fixtures/bundles')

const fixture = (name: string, policy = moby) => {
  const path = join(folder, name)
  const container = name.includes('sshd') ? 'sshd' : 'other'
  return judgeBundle(
    { name: container, spec: readOciSpec(readFileSync(path), path), runtime: undefined },
    policy,
    today,
  )
}
const failing = ({ results }: ReturnType<typeof fixture>): readonly string[] =>
  results.flatMap(({ id, verdict }) => (verdict === 'fail' ? [id] : []))

describe('judgeBundle', () => {
  it("should find LinuxKit's shape as weak as it is", () => {
    expect(failing(fixture('linuxkit/containers/services/sshd/config.json'))).toEqual([
      ...['container.namespaces', 'container.host-processes', 'container.user', 'container.capabilities'],
      ...[
        'container.no-new-privileges',
        'container.privileged-operations',
        'root.cover',
        'container.seccomp',
      ],
      ...['container.masked-paths', 'container.host-settings', 'container.cgroup-files', 'root.containers'],
      ...['container.propagation', 'container.host-mounts', 'container.runtime-sockets', 'container.devices'],
      ...['container.process-limit', 'container.memory-limit'],
    ])
  })

  it("should find Docker's default short of the policy only where it is", () => {
    expect(failing(fixture('docker-default.json'))).toEqual([
      ...['container.user', 'container.capabilities', 'container.no-new-privileges'],
      ...['container.privileged-operations', 'root.containers', 'container.process-limit'],
      'container.memory-limit',
    ])
    expect(fixture('docker-default.json').systemCalls).toMatchObject([
      { architecture: 'x86_64', reachable: 305, dockerDefault: 305, beyond: [] },
    ])
  })

  it('should say where others can join a namespace', () => {
    const path = join(folder, 'linuxkit/containers/onboot/000-dhcpcd')
    const [spec, runtime] = ['config.json', 'runtime.json'].map((name) => readFileSync(join(path, name)))
    const { results } = judgeBundle(
      {
        name: 'dhcpcd',
        spec: readOciSpec(spec ?? Buffer.alloc(0), 'config.json'),
        runtime: readLinuxkitRuntime(runtime ?? Buffer.alloc(0), 'runtime.json'),
      },
      moby,
      today,
    )
    expect(results[0]?.evidence.map(({ found }) => found)).toContain(
      'of its own, which others can join at /run/netns/dhcp',
    )
  })

  it('should do as the policy says', () => {
    const waiver = {
      check: 'container.user',
      architecture: undefined,
      subjects: ['web:user'],
      reason: 'it binds port 80',
      expires: today,
      file: 'policy.yml',
      line: 1,
    }
    const root = changed({ process: { user: { uid: 0 } }, linux: { seccomp: null } })
    const verdictOf = (policy: Policy) =>
      judged(root, policy).results.find(({ id }) => id === 'container.user')?.verdict
    expect(verdictOf({ ...moby, waivers: [waiver] })).toBe('waived')
    expect(verdictOf({ ...moby, waivers: [{ ...waiver, expires: '2026-06-30' }] })).toBe('fail')
    expect(verdictOf({ ...moby, waivers: [{ ...waiver, architecture: 'arm64' }] })).toBe('fail')
    const trusting = { ...moby, containers: { ...moby.containers, named: { web: { trusted: 'why' } } } }
    expect(judged(root, trusting)).toMatchObject({ trusted: 'why', results: [] })
    const lax = { ...moby.containers.default, seccomp: false, readOnlyRoot: false, limits: ['cpu' as const] }
    expect(
      failures(
        changed({
          root: { readonly: false },
          linux: { seccomp: null, resources: { devices: [{ allow: false }] } },
        }),
        {
          ...moby,
          containers: { default: lax, named: {} },
        },
      ),
    ).toEqual(['container.cpu-limit cpu.max'])
  })
})

describe('properties', () => {
  it('should name 21, each with what decides it or why nothing at rest does', () => {
    expect(properties).toHaveLength(21)
    const ids = bundleChecks.map(({ id }) => id)
    for (const { name, checks, unseen } of properties) {
      expect(checks.length > 0 || unseen !== undefined, name).toBe(true)
      expect(checks.filter((id) => !ids.includes(id))).toEqual([])
    }
    expect(new Set(ids).size).toBe(ids.length)
    const covered = properties.flatMap(({ checks }) => checks)
    expect(ids.filter((id) => !covered.includes(id))).toEqual([])
  })
})
