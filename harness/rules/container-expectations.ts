// What Docker's default gives a container today (moby/profiles, moby daemon/pkg/oci/defaults.go, June 2026): what
// running containers and bundles at rest are measured by.

/** Files that tell of the whole machine, or read its memory. */
export const maskedFiles: readonly string[] = [
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/timer_list',
  '/proc/timer_stats',
]

/** The same, folders. Docker masks each processor's `thermal_throttle` as well, where there is one. */
export const maskedDirectories: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/scsi',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
]

/** Files in which a write reaches the host's kernel. */
export const hostSettings: readonly string[] = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/vm/drop_caches',
  '/proc/sysrq-trigger',
  '/proc/irq/default_smp_affinity',
]

/** Sockets through which the runtime does as it is told, as root. */
export const runtimeSockets: readonly string[] = [
  '/run/containerd/containerd.sock',
  '/run/containerd/containerd.sock.ttrpc',
  '/run/containerd/debug.sock',
  '/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/crio/crio.sock',
]

/** System calls that Moby's default profile refuses to a container without capabilities. */
export const refusedCalls = [
  'unshare',
  'setns',
  'mount',
  'bpf',
  'perf_event_open',
  'keyctl',
  'add_key',
  'io_uring_setup',
  'userfaultfd',
  'clone3',
  'open_by_handle_at',
  'personality',
  'pidfd_getfd',
] as const

/** Processes of a container at most; a larger limit is as good as none. */
export const mostProcesses = 4096

/** Bytes of memory of a container at most. */
export const mostMemory = 512 * 1024 * 1024
