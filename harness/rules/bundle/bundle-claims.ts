import type { ContainerClaim } from '../container-claims.ts'

/** Claims that only bundles at rest are judged by so far, by the id of the check. */
export const bundleClaims = {
  'container.cgroup-files': {
    claim: 'a container cannot write the files of its cgroup or of sysfs',
    promise: 'P13',
    severity: 'high',
    remedy: 'Mount /sys and /sys/fs/cgroup with the option ro.',
  },
  'container.cpu-limit': {
    claim: 'a container that computes without end is held to a share of its own',
    promise: 'P13',
    severity: 'medium',
    remedy: 'Set linux.resources.cpu.quota in config.json.',
  },
  'container.host-mounts': {
    claim: 'a container sees no system folder of the host, and writes to none of its system files',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Bind single files and folders made for the container, read-only where it does not write.',
  },
  'container.label': {
    claim: 'a container is not taken out of the profiles of AppArmor or SELinux',
    promise: 'P13',
    severity: 'high',
    remedy: 'Set process.apparmorProfile or process.selinuxLabel to a confined one.',
  },
  'container.mount-flags': {
    claim: 'file systems of a container give no privileges, devices or programs that they need not',
    promise: 'P13',
    severity: 'medium',
    remedy: 'Mount /proc, /sys, /dev/shm, /dev/mqueue and every tmpfs with nosuid, nodev and noexec.',
  },
  'container.propagation': {
    claim: 'mounts made in a container stay in it, and mounts made on the host stay outside',
    promise: 'P13',
    severity: 'high',
    remedy: 'Use private or rprivate in linux.rootfsPropagation and in the options of binds.',
  },
  'container.working-directory': {
    claim: 'a container does not start in a directory of the host through a descriptor of the runtime',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Set process.cwd to a directory of the container (CVE-2024-21626).',
  },
} as const satisfies Record<string, ContainerClaim>
