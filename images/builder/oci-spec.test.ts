import { describe, expect, it } from 'vitest'
import { architectures } from '../../harness/common/architecture.ts'
import { type ContainerDescription, readDescription } from './description.ts'
import { ociSpec } from './oci-spec.ts'

const service = async (name: string): Promise<ContainerDescription> => {
  const found = (await readDescription()).services.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no service ${name}`)
  return found
}

describe('ociSpec', () => {
  it.each(architectures)('should confine a service unless it says otherwise (%s)', async (architecture) => {
    const spec = ociSpec(await service('web'), architecture, '/containers/services/web')
    expect(spec).toMatchObject({
      process: {
        user: { uid: 1000, gid: 1000 },
        noNewPrivileges: true,
        capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      },
      root: { path: '/containers/services/web/rootfs', readonly: true },
      linux: {
        namespaces: ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
        resources: {
          devices: [{ allow: false, access: 'rwm' }],
          memory: { limit: 64 << 20 },
          pids: { limit: 32 },
        },
        rootfsPropagation: 'private',
        seccomp: { defaultAction: 'SCMP_ACT_ERRNO' },
      },
    })
    expect(spec.linux).toHaveProperty('maskedPaths', expect.arrayContaining(['/proc/kcore', '/sys/firmware']))
    expect(spec.linux).toHaveProperty('readonlyPaths', expect.arrayContaining(['/proc/sys']))
  })

  it('should make no mount of a confined service that can be written and holds programs or devices', async () => {
    const { mounts } = ociSpec(await service('web'), 'x86_64', '/b') as { mounts: { options: string[] }[] }
    for (const { options } of mounts) expect(options).toEqual(expect.arrayContaining(['nosuid', 'noexec']))
  })

  it('should give the way in what it asks for, and nothing of it to others', async () => {
    const spec = ociSpec(await service('sshd'), 'x86_64', '/containers/services/sshd')
    expect(spec).toMatchObject({
      process: { noNewPrivileges: false },
      linux: { namespaces: [{ type: 'mount' }] },
    })
    expect(spec.linux).not.toHaveProperty('seccomp')
    expect(spec.process).toHaveProperty('capabilities.bounding', expect.arrayContaining(['CAP_SYS_ADMIN']))
  })
})
