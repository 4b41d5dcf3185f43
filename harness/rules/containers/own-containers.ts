import { capabilityNames } from '../../facts/capabilities.ts'
import type { OwnContainer } from '../../guest/probe.ts'

/** CAP_CHOWN to CAP_CHECKPOINT_RESTORE. */
const everything = capabilityNames((1n << 41n) - 1n)

const sets = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient']

/** A container in name only: nothing that holds others back holds it. What it is refused, the kernel refuses to all. */
export const permissive: OwnContainer = {
  name: 'drydock-control',
  root: [],
  spec: {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      cwd: '/',
      env: ['PATH=/'],
      capabilities: Object.fromEntries(sets.map((set) => [set, everything])),
      noNewPrivileges: false,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'bind', source: '/dev', options: ['rbind', 'rw'] },
      { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'rw'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777', 'size=64m'] },
    ],
    linux: {
      namespaces: [{ type: 'mount' }],
      resources: { devices: [{ allow: true, access: 'rwm' }] },
      cgroupsPath: '/drydock-control',
    },
  },
}
