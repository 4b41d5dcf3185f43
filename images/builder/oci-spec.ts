import type { Architecture } from '../../harness/common/architecture.ts'
import { capabilityNames } from '../../harness/facts/capabilities.ts'
import type { ContainerDescription } from './description.ts'
import { seccompFilter } from './seccomp.ts'

/** CAP_CHOWN to CAP_CHECKPOINT_RESTORE. */
const allCapabilities = capabilityNames((1n << 41n) - 1n)

const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
]

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export interface OciMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

const confinedMounts: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'noexec', 'strictatime', 'ro', 'mode=755', 'size=64k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=4m', 'nr_inodes=1k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
  },
]

const privilegedMounts: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'bind', source: '/dev', options: ['rbind', 'nosuid', 'noexec'] },
  { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev'] },
]

/** Where a bundle lies in the image. */
export const bundlePath = (stage: 'onboot' | 'services', name: string, index = 0): string =>
  `/containers/${stage}/${stage === 'onboot' ? `${String(index).padStart(3, '0')}-` : ''}${name}`

const namespacesOf = (container: ContainerDescription): { readonly type: string }[] =>
  (['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'] as const)
    .filter((type) => type === 'mount' || !container.shares.includes(type))
    .map((type) => ({ type }))

/** The mounts of a container, in order. */
export const mountsOf = (container: ContainerDescription): OciMount[] => [
  ...(container.privileged ? privilegedMounts : confinedMounts),
  ...container.tmpfs.map(({ target, options }) => ({
    destination: target,
    type: 'tmpfs',
    source: 'tmpfs',
    options,
  })),
  ...container.binds.map(({ source, target, options }) => ({
    destination: target,
    type: 'bind',
    source,
    options,
  })),
]

const resourcesOf = (container: ContainerDescription): object => ({
  devices: [{ allow: container.privileged, access: 'rwm' }],
  ...(container.memory === null ? {} : { memory: { limit: container.memory, swap: container.memory } }),
  ...(container.pids === null ? {} : { pids: { limit: container.pids } }),
  ...(container.cpu === null ? {} : { cpu: { quota: container.cpu * 1000, period: 100_000 } }),
})

/** A bundle's config.json (OCI runtime specification): secure unless the description says otherwise. */
export const ociSpec = (
  container: ContainerDescription,
  architecture: Architecture,
  bundle: string,
): Record<string, unknown> => {
  const capabilities = container.capabilities === 'all' ? allCapabilities : container.capabilities
  const sets =
    container.uid === 0
      ? ['bounding', 'effective', 'permitted']
      : ['bounding', 'effective', 'permitted', 'inheritable', 'ambient']
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: container.uid, gid: container.uid },
      args: container.command,
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...container.environment],
      cwd: '/',
      capabilities: Object.fromEntries(
        ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'].map((set) => [
          set,
          sets.includes(set) ? capabilities : [],
        ]),
      ),
      rlimits: [
        ...(container.openFiles === null
          ? []
          : [{ type: 'RLIMIT_NOFILE', hard: container.openFiles, soft: container.openFiles }]),
        { type: 'RLIMIT_CORE', hard: 0, soft: 0 },
      ],
      noNewPrivileges: !container.privileged,
    },
    root: { path: `${bundle}/rootfs`, readonly: container.readonly },
    ...(container.shares.includes('uts') ? {} : { hostname: container.name }),
    mounts: mountsOf(container),
    linux: {
      namespaces: namespacesOf(container),
      resources: resourcesOf(container),
      cgroupsPath: `/services/${container.name}`,
      rootfsPropagation: container.propagation,
      ...(container.privileged ? {} : { seccomp: seccompFilter(architecture), maskedPaths, readonlyPaths }),
    },
  }
}
