/** One property of an isolated container. */
export interface Property {
  readonly name: string
  /** The checks that decide what a bundle at rest shows of it. */
  readonly checks: readonly string[]
  /** What only the running container shows, and why; undefined where the bundle shows all. */
  readonly unseen?: string
}

/** The properties of an isolated container, and where each is decided. */
export const properties: readonly Property[] = [
  { name: 'namespaces', checks: ['container.namespaces', 'container.host-processes'] },
  { name: 'user namespace', checks: ['container.user'] },
  { name: 'capabilities', checks: ['container.capabilities', 'container.privileged-operations'] },
  { name: 'no_new_privs', checks: ['container.no-new-privileges'] },
  { name: 'seccomp', checks: ['container.seccomp'] },
  {
    name: 'AppArmor or SELinux',
    checks: ['container.label'],
    unseen: 'whether the profile is loaded and enforced is known to the kernel alone',
  },
  {
    name: 'masked and read-only paths',
    checks: ['container.masked-paths', 'container.host-settings'],
    unseen: 'that each mask really is /dev/null or an empty tmpfs (CVE-2025-31133)',
  },
  {
    name: 'read-only root',
    checks: ['root.containers', 'root.cover'],
    unseen: 'that host and container both see it mounted read-only (container.root-mount)',
  },
  {
    name: 'mounts and their propagation',
    checks: ['container.propagation', 'container.host-mounts', 'container.mount-flags'],
  },
  { name: 'devices', checks: ['container.devices'] },
  {
    name: 'limits of the cgroup',
    checks: ['container.process-limit', 'container.memory-limit', 'container.cpu-limit'],
    unseen: 'that the kernel has the controllers, and the limits hold under attack',
  },
  { name: 'files of the cgroup', checks: ['container.cgroup-files'] },
  {
    name: 'keyring',
    checks: ['container.seccomp'],
    unseen: 'whether the runtime gives it a session keyring of its own, which no spec says',
  },
  { name: 'abstract sockets', checks: ['container.namespaces'] },
  {
    name: 'leaked descriptors',
    checks: ['container.working-directory'],
    unseen: 'what the runtime leaves open in it (CVE-2024-21626; container.descriptors)',
  },
  {
    name: 'overwriting /proc/self/exe',
    checks: [],
    unseen: 'the runtime decides it, not the bundle (CVE-2019-5736)',
  },
  { name: 'core_pattern and other helpers', checks: ['container.host-settings'] },
  { name: 'sysrq', checks: ['container.host-settings'] },
  { name: 'bpf, perf, io_uring, modules and the like', checks: ['container.seccomp'] },
  {
    name: 'network',
    checks: ['container.namespaces'],
    unseen: 'what can be reached from its network namespace: listeners of the host, the metadata address',
  },
  { name: 'sockets of the runtime', checks: ['container.runtime-sockets'] },
]
