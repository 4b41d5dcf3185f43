import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskedDirectories, maskedFiles } from '../container-expectations.ts'
import { bundleChecks } from './bundle-checks.ts'
import { dockerDefault } from './docker-default.ts'
import {
  changed,
  failures,
  hardenedMounts,
  type Json,
  judged,
  linux,
  namespaces,
} from './testing/sample-bundle.ts'

const bind = (source: string, destination: string, ...options: string[]): Json => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', ...options],
})

describe('bundleChecks', () => {
  it('should find nothing wrong with a container that keeps to the policy', () => {
    const { results } = judged(changed())
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['pass', 'not-applicable']))
    expect(results.flatMap(({ verdict, id }) => (verdict === 'pass' ? [] : [id]))).toEqual([
      'container.cpu-limit',
    ])
  })

  it.each<[string, Parameters<typeof changed>[0]]>([
    [
      'container.namespaces net',
      { linux: { namespaces: namespaces.filter(({ type }) => type !== 'network') } },
    ],
    [
      'container.namespaces mnt',
      {
        linux: {
          namespaces: namespaces.map((one) =>
            one.type === 'mount' ? { ...one, path: '/proc/1/ns/mnt' } : one,
          ),
        },
      },
    ],
    ['container.user user', { process: { user: { uid: 0 } } }],
    [
      'container.user user',
      {
        linux: {
          namespaces: [...namespaces, { type: 'user' }],
          uidMappings: [{ containerID: 1000, hostID: 0, size: 1 }],
        },
      },
    ],
    ['container.no-new-privileges no_new_privs', { process: { noNewPrivileges: false } }],
    [
      'container.capabilities bounding capabilities',
      { process: { capabilities: { bounding: ['CAP_KILL'] } } },
    ],
    [
      'container.capabilities inheritable capabilities',
      { process: { capabilities: { inheritable: ['CAP_KILL'] } } },
    ],
    ['container.capabilities ambient capabilities', { process: { capabilities: { ambient: ['CAP_KILL'] } } }],
    ['container.label AppArmor profile', { process: { apparmorProfile: 'unconfined' } }],
    ['container.label SELinux label', { process: { selinuxLabel: 'system_u:system_r:unconfined_t:s0' } }],
    ['container.working-directory working directory', { process: { cwd: '/proc/self/fd/8/../..' } }],
    ['container.seccomp filter', { linux: { seccomp: null } }],
    ['container.seccomp bpf', { linux: { seccomp: dockerDefault(['CAP_BPF']) } }],
    [
      'container.masked-paths /proc/kcore',
      {
        linux: {
          maskedPaths: [...maskedFiles, ...maskedDirectories].filter((path) => path !== '/proc/kcore'),
        },
      },
    ],
    [
      'container.host-settings open /proc/sysrq-trigger for writing',
      { linux: { readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys'] } },
    ],
    [
      'container.host-settings sysctl kernel.core_pattern',
      { linux: { sysctl: { 'kernel.core_pattern': '|/x' } } },
    ],
    [
      'container.cgroup-files /sys/fs/cgroup',
      {
        mounts: [{ destination: '/sys/fs/cgroup', type: 'cgroup2', options: ['nosuid', 'nodev', 'noexec'] }],
      },
    ],
    ['root.containers root', { root: { readonly: false } }],
    ['container.propagation root', { linux: { rootfsPropagation: 'rshared' } }],
    ['container.propagation /data', { mounts: [bind('/srv/data', '/data', 'rslave', 'ro')] }],
    ['container.host-mounts /etc/passwd at /x', { mounts: [bind('/etc/passwd', '/x')] }],
    ['container.host-mounts /var at /x', { mounts: [bind('/var', '/x', 'ro')] }],
    [
      'container.mount-flags /tmp',
      { mounts: [{ destination: '/tmp', type: 'tmpfs', options: ['nosuid', 'nodev'] }] },
    ],
    [
      'container.devices /dev/kvm',
      { linux: { devices: [{ path: '/dev/kvm', type: 'c', major: 10, minor: 232 }] } },
    ],
    [
      'container.process-limit pids.max',
      { linux: { resources: { ...(linux.resources as Json), pids: { limit: -1 } } } },
    ],
    [
      'container.process-limit pids.max',
      { linux: { resources: { ...(linux.resources as Json), pids: { limit: 5000 } } } },
    ],
    [
      'container.memory-limit memory.max',
      { linux: { resources: { ...(linux.resources as Json), memory: { limit: 1e12 } } } },
    ],
  ])('should find %s', (expected, change) => {
    expect(failures(changed(change))).toEqual([expected])
  })

  it('should find what two things together allow', () => {
    const capabilities = { effective: ['CAP_SYS_ADMIN', 'CAP_SYS_CHROOT', 'CAP_NET_RAW'] }
    const free = failures(changed({ process: { capabilities }, linux: { seccomp: null } }))
    expect(free).toEqual(
      expect.arrayContaining(['root.cover mount', 'container.privileged-operations chroot']),
    )
    const filtered = failures(changed({ process: { capabilities } }))
    expect(filtered).not.toEqual(expect.arrayContaining(['root.cover mount']))
    expect(filtered).toContain('container.privileged-operations open a raw socket')
  })

  it('should find a socket of the runtime behind every bind that leads there', () => {
    for (const source of [
      '/run/docker.sock',
      '/var/run/docker.sock',
      '/run/',
      '/run/../run/docker.sock',
      '/',
    ]) {
      expect(failures(changed({ mounts: [bind(source, '/x', 'ro')] }))).toContain(
        'container.runtime-sockets /run/docker.sock',
      )
    }
    expect(failures(changed({ mounts: [bind('/run/docker.sock.d', '/x', 'ro')] }))).toEqual([])
  })

  it('should judge devices by the last rule that concerns them', () => {
    const rules = (...devices: Json[]) =>
      failures(changed({ linux: { resources: { ...(linux.resources as Json), devices } } }))
    const deny = { allow: false, access: 'rwm' }
    expect(rules({ allow: true, access: 'rwm' }, deny)).toEqual(['container.devices rule a *:* rwm'])
    expect(rules(deny, { allow: true, type: 'c', major: 1, minor: 1, access: 'r' })).toEqual([
      'container.devices make and open character device 1:1',
      'container.devices rule c 1:1 r',
    ])
    expect(rules(deny, { allow: true, type: 'c', major: -1, minor: -1, access: 'm' })).toEqual([])
    expect(rules()).toEqual([
      'container.devices make and open block device 7:0',
      'container.devices make and open character device 1:1',
    ])
  })

  it('should take what is not mounted as out of reach', () => {
    const bare = changed({ linux: { maskedPaths: [], readonlyPaths: [] } })
    expect(failures({ ...bare, mounts: [] })).toEqual([])
    expect(failures({ ...bare, mounts: [hardenedMounts[1]] })).toEqual([
      'container.masked-paths /sys/devices/virtual/powercap',
      'container.masked-paths /sys/firmware',
    ])
  })

  it('should come to a verdict on any spec', () => {
    const word = fc.constantFrom(
      '/',
      '/proc',
      '/sys/..',
      'ro',
      'rshared',
      'bind',
      'tmpfs',
      'CAP_SYS_ADMIN',
      '',
    )
    const words = fc.array(word, { maxLength: 4 })
    const spec = fc.record({
      ociVersion: fc.constant('1'),
      process: fc.record({ cwd: word, capabilities: fc.record({ effective: words, ambient: words }) }),
      mounts: fc.array(fc.record({ destination: word, type: word, source: word, options: words })),
      linux: fc.record({ maskedPaths: words, readonlyPaths: words, rootfsPropagation: word }),
    })
    fc.assert(
      fc.property(spec, (one) => {
        const { results } = judged(one)
        expect(results).toHaveLength(bundleChecks.length)
        for (const { verdict, reason } of results) {
          expect(['pass', 'fail', 'not-applicable', 'inconclusive']).toContain(verdict)
          expect(reason).not.toBe('')
        }
      }),
      { numRuns: 200 },
    )
  })
})
