/** An option that a kernel shows to have without being asked: a path that only exists with it. */
export interface ConfigTrace {
  /** Without `CONFIG_`. */
  readonly option: string
  readonly path: string
}

const traces = {
  IKCONFIG_PROC: '/proc/config.gz',
  MAGIC_SYSRQ: '/proc/sysrq-trigger',
  PROC_KCORE: '/proc/kcore',
  MODULES: '/proc/modules',
  KALLSYMS: '/proc/kallsyms',
  SWAP: '/proc/swaps',
  PROC_PAGE_MONITOR: '/proc/kpageflags',
  SYSVIPC: '/proc/sysvipc/shm',
  POSIX_MQUEUE: '/proc/sys/fs/mqueue',
  CGROUPS: '/proc/cgroups',
  USER_NS: '/proc/self/ns/user',
  PID_NS: '/proc/self/ns/pid',
  NET_NS: '/proc/self/ns/net',
  IPC_NS: '/proc/self/ns/ipc',
  UTS_NS: '/proc/self/ns/uts',
  TIME_NS: '/proc/self/ns/time',
  SECCOMP_FILTER: '/proc/sys/kernel/seccomp/actions_avail',
  KEYS: '/proc/key-users',
  BPF_SYSCALL: '/proc/sys/kernel/unprivileged_bpf_disabled',
  PERF_EVENTS: '/proc/sys/kernel/perf_event_paranoid',
  KEXEC_CORE: '/proc/sys/kernel/kexec_load_disabled',
  USERFAULTFD: '/proc/sys/vm/unprivileged_userfaultfd',
  TRANSPARENT_HUGEPAGE: '/sys/kernel/mm/transparent_hugepage/enabled',
  COMPACTION: '/proc/sys/vm/compact_memory',
} as const satisfies Record<string, string>

export const configTraces: readonly ConfigTrace[] = Object.entries(traces).map(([option, path]) => ({
  option,
  path,
}))
