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
  'container.system-calls': {
    claim:
      "a container reaches no system call that Docker's default refuses, and its filter is the one in config.json",
    promise: 'P13',
    severity: 'high',
    remedy:
      "Give the container Moby's default seccomp profile (linux.seccomp in config.json), or a narrower one.",
  },
  'container.keyring': {
    claim: "a container does not share the keyring of the host's root",
    promise: 'P13',
    severity: 'medium',
    remedy:
      "Refuse keyctl(2) and add_key(2) by Moby's default seccomp profile, or give it a user of its own.",
  },
  'container.abstract-sockets': {
    claim: 'a container cannot connect to an abstract socket of the host, such as that of a containerd shim',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Give the container a network namespace of its own (CVE-2020-15257).',
  },
  'container.network': {
    claim: 'a container reaches neither what listens on the host alone nor the metadata address',
    promise: 'P13',
    severity: 'high',
    remedy: 'Give the container a network namespace of its own, and no route to 169.254.169.254.',
  },
  'container.exhaustion': {
    claim: 'a container that opens, makes and fills files without end is stopped, and the host still answers',
    promise: 'P13',
    severity: 'high',
    remedy:
      'Set RLIMIT_NOFILE under process.rlimits, and size= and nr_inodes= for each tmpfs that it may write.',
  },
  'escape.runtime': {
    claim:
      'the runtime starts no container whose root or directory would have it mask or mount the wrong place',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Use runc 1.2.8, 1.3.3 or later (CVE-2019-19921, CVE-2024-21626, CVE-2025-31133, CVE-2025-52881).',
  },
  'escape.usermode-helpers': {
    claim: 'a container cannot name a program that the kernel starts on the host',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Take CAP_SYS_ADMIN from the container and refuse mount(2) by seccomp; keep /proc/sys and /proc/sysrq-trigger read-only.',
  },
  'escape.mounts': {
    claim: 'a container cannot mount anything, nor get a user namespace to mount in',
    promise: 'P12',
    severity: 'critical',
    remedy: "Give the container Moby's default seccomp profile, without CAP_SYS_ADMIN.",
  },
  'escape.file-handles': {
    claim: 'a container cannot open files of the host by their numbers',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Take CAP_DAC_READ_SEARCH from the container and refuse open_by_handle_at(2) by seccomp.',
  },
  'escape.device-nodes': {
    claim: 'a container cannot make a device node of the host and open it',
    promise: 'P12',
    severity: 'critical',
    remedy: 'Keep the device cgroup at its default list, and take CAP_MKNOD from the container.',
  },
  'escape.kernel-interfaces': {
    claim: 'a container does not reach the parts of the kernel that exploits come through',
    promise: 'P12',
    severity: 'high',
    remedy: "Give the container Moby's default seccomp profile of April 2026 or later.",
  },
  'escape.processes': {
    claim: 'a container can neither trace, signal nor enter a process outside',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Give the container a pid namespace, and take CAP_SYS_PTRACE, CAP_SYS_ADMIN and CAP_KILL from it.',
  },
  'escape.page-cache': {
    claim: 'a container cannot change files of the image through the page cache',
    promise: 'P12',
    severity: 'critical',
    remedy:
      'Run a kernel with the fixes for CVE-2016-5195, CVE-2022-0847 and CVE-2026-31431, and a read-only root.',
  },
  'escape.host-unharmed': {
    claim: 'after all attacks from its containers the host is as it was before',
    promise: 'P12',
    severity: 'critical',
    remedy: 'See the checks of the family escape for what was let through.',
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
