import { describe, expect, it } from 'vitest'
import type { Probe } from '../guest/probe.ts'
import { containerProperties } from './running-containers.ts'
import { fakeProcess } from './testing/fake-process.ts'

const init = fakeProcess({ pid: 1, exe: '/sbin/init' })
const web = fakeProcess({
  pid: 20,
  exe: '/bin/web',
  container: 'web',
  cgroup: '/web',
  uid: 1000,
  seccomp: 2,
  noNewPrivileges: true,
  namespaces: { mnt: 9, net: 1, pid: 9 },
  capabilities: { ...init.capabilities, effective: 1n << 12n, bounding: 1n << 12n },
})
const probe = {
  processes: async () => [init, web],
  containers: async () => [{ id: 'web', pid: 20 }],
  host: {
    readMany: async (paths: readonly string[]) =>
      new Map(paths.map((path) => [path, path.endsWith('/pids.max') ? Buffer.from('64\n') : 'ENOENT'])),
    read: async () => Buffer.from('30 1 0:9 / / ro,nosuid - overlay overlay rw\n'),
  },
} as unknown as Probe

describe('containerProperties', () => {
  it('should say how a container is held, its root and limits included', async () => {
    expect((await containerProperties(probe)).get('web')).toMatchObject({
      user: '1000',
      'effective capabilities': 'CAP_NET_ADMIN',
      seccomp: 'filter',
      'namespaces of the host': 'net',
      root: 'read-only',
      'process limit': '64',
      'memory limit': 'unknown',
    })
  })
})
