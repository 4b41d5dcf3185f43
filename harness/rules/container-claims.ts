import type { CheckMeta } from './catalogue.ts'

/** What a check of containers claims, whether it judges a running container or a bundle at rest. */
export type ContainerClaim = Pick<CheckMeta, 'claim' | 'promise' | 'severity' | 'remedy'>

/** By the id of the check. */
export const containerClaims = {
  'container.host-settings': {
    claim: 'a container cannot write the settings of the host kernel, such as core_pattern and sysrq-trigger',
    promise: 'P12',
    severity: 'critical',
    remedy: "Set linux.readonlyPaths in config.json to Moby's list (/proc/bus, fs, irq, sys, sysrq-trigger).",
  },
  'container.devices': {
    claim: 'a container cannot make a device node and reach a device of the host through it',
    promise: 'P13',
    severity: 'critical',
    remedy: 'Take CAP_MKNOD from the container and keep the device cgroup at its default list.',
  },
  'container.host-processes': {
    claim: 'a container can neither signal a process of the host nor join its namespaces',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Give the container a pid namespace, and take CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_KILL from it.',
  },
  'container.runtime-sockets': {
    claim: 'a container cannot reach the socket of the container runtime, which is root on the host',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Do not bind /run, /var/run or the socket into the container.',
  },
  'container.namespaces': {
    claim: 'every container has namespaces of its own, separate from the host and from every other container',
    promise: 'P13',
    severity: 'critical',
    remedy:
      'Name pid, mount, network, ipc, uts and cgroup under linux.namespaces in config.json, without a path.',
  },
  'container.capabilities': {
    claim: 'a container holds no capability beyond those its policy grants, in any of the five sets',
    promise: 'P13',
    severity: 'critical',
    remedy:
      'List only what the service needs under process.capabilities, in the bounding set too; inheritable stays empty.',
  },
  'container.user': {
    claim: 'the service in a container does not run as the root user of the host',
    promise: 'P13',
    severity: 'high',
    remedy: 'Set process.user to a user of its own, or give the container a user namespace.',
  },
  'container.no-new-privileges': {
    claim: 'no program started in a container can gain privileges (no_new_privs)',
    promise: 'P13',
    severity: 'high',
    remedy: 'Set process.noNewPrivileges in config.json.',
  },
  'container.seccomp': {
    claim: 'a seccomp filter keeps a container from the system calls that escapes are made of',
    promise: 'P13',
    severity: 'critical',
    remedy: "Give the container Moby's default seccomp profile (linux.seccomp in config.json).",
  },
  'container.masked-paths': {
    claim: 'a container cannot read what /proc and /sys tell of the whole machine',
    promise: 'P13',
    severity: 'medium',
    remedy: "Set linux.maskedPaths in config.json to Moby's list.",
  },
  'container.privileged-operations': {
    claim: 'a container cannot set the clock, change its root or open raw sockets',
    promise: 'P13',
    severity: 'high',
    remedy:
      'Take CAP_SYS_TIME, CAP_SYS_CHROOT and CAP_NET_RAW from the container, or grant them in the policy.',
  },
  'container.process-limit': {
    claim: 'a fork bomb in a container ends at a limit of its own',
    promise: 'P13',
    severity: 'high',
    remedy: 'Set linux.resources.pids.limit in config.json.',
  },
  'container.memory-limit': {
    claim: 'a container that takes memory without end is stopped at a limit of its own',
    promise: 'P13',
    severity: 'high',
    remedy: 'Set linux.resources.memory.limit in config.json.',
  },
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
  'container.root-mount': {
    claim: 'the root of every container is mounted read-only, as host and container see it',
    promise: 'P10',
    severity: 'high',
    remedy: 'Set root.readonly in config.json (readonly: true in the YAML).',
  },
  'container.descriptors': {
    claim: 'a container holds no file of the host open that the runtime has left to it',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Use runc 1.1.12 or later (CVE-2024-21626), and hand no descriptors on (--preserve-fds, LISTEN_FDS).',
  },
  'container.environment': {
    claim: 'no secret stands in the environment of a container',
    promise: 'P20',
    severity: 'high',
    remedy: 'Hand secrets over as files that only their reader may read; process.env is seen by every tool.',
  },
  'root.cover': {
    claim: 'a container cannot mount anything over its root or remove a mount from it',
    promise: 'P12',
    severity: 'high',
    remedy:
      'Take CAP_SYS_ADMIN from the container and refuse mount(2), umount2(2) and the new mount API by seccomp.',
  },
  'root.containers': {
    claim:
      'the root file system of every container is read-only, tried from inside as its own user and as root',
    promise: 'P10',
    severity: 'high',
    remedy:
      'Set root.readonly in config.json (readonly: true in the YAML) and give it small tmpfs mounts where it writes.',
  },
} as const satisfies Record<string, ContainerClaim>

export type ContainerClaimId = keyof typeof containerClaims
