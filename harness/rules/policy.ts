import type { Architecture } from '../common/architecture.ts'
import type { DaemonPolicy } from './daemons/daemon-policy.ts'
import type { Inventory } from './inventory/inventory-file.ts'

/** A place that may be written to while the image runs. */
export interface WritableMount {
  /** Mount point, absolute; a glob such as `/run/containers/*` is allowed. */
  readonly path: string
  /** As /proc/self/mountinfo names it: `tmpfs`, `ext4`. */
  readonly fileSystem: string
  /** Mount flags that it must have. */
  readonly flags: readonly string[]
  /** Whether it must be kept from filling the memory or the disk. */
  readonly sizeLimit: boolean
}

export const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const
export type Namespace = (typeof namespaces)[number]

export const limits = ['memory', 'pids', 'cpu'] as const
export type Limit = (typeof limits)[number]

/** What a container must at least be kept to. */
export interface ContainerExpectation {
  /** All that it may have, such as `CAP_NET_BIND_SERVICE`. */
  readonly capabilities: readonly string[]
  /** Those that it must not share with the host. */
  readonly namespaces: readonly Namespace[]
  /** The resources that must be limited. */
  readonly limits: readonly Limit[]
  readonly seccomp: boolean
  readonly noNewPrivileges: boolean
  readonly readOnlyRoot: boolean
}

/** A container that stands on the host's side: isolation checks do not judge it. */
export interface TrustedContainer {
  readonly trusted: string
}

/** A failure that is accepted for a time. */
export interface Waiver {
  readonly check: string
  /** Absent: on every architecture that is judged. */
  readonly architecture: Architecture | undefined
  /** Exact subjects of failing evidence, or globs. */
  readonly subjects: readonly string[]
  readonly reason: string
  /** The last day on which it holds, `YYYY-MM-DD`, in UTC. */
  readonly expires: string
  /** Where it is written. */
  readonly file: string
  readonly line: number
}

/** Parameters of the kernel's command line as words, `slab_nomerge` or `init_on_alloc=1`. */
type Parameters = Readonly<Record<Architecture, readonly string[]>>

/** How much root is kept from the kernel (kernel_lockdown(7)), the least first. */
export const lockdownModes = ['none', 'integrity', 'confidentiality'] as const
export type LockdownMode = (typeof lockdownModes)[number]

/** What a machine does whose kernel has panicked. `halt`: it stays as it is. */
export const panicEnds = ['restart', 'power-off', 'halt'] as const
export type PanicEnd = (typeof panicEnds)[number]

/** What is expected of an image, all layers merged. */
export interface Policy {
  /** The files it was read from, the base first. */
  readonly sources: readonly string[]
  readonly mounts: { readonly writable: readonly WritableMount[] }
  /** Files that give privileges, by path, each with the reason why it may. */
  readonly files: {
    readonly setuid: Readonly<Record<string, string>>
    readonly capabilities: Readonly<Record<string, string>>
  }
  /** What the image may send unasked, by protocol or protocol and address (`ntp 10.0.0.1:123`), each with the reason. */
  readonly network: { readonly sends: Readonly<Record<string, string>> }
  /** Disks that keep data between boots, by their place in the target (`disk0`), each with the reason. */
  readonly disks: { readonly stateful: Readonly<Record<string, string>> }
  readonly cmdline: { readonly required: Parameters; readonly forbidden: Parameters }
  /** The kernel policy that its settings are judged by: a shipped one's name, or the path of a file. */
  readonly kernel: string
  /** The least that is good. */
  readonly lockdown: LockdownMode
  /** Those that must be active, as /sys/kernel/security/lsm names them. */
  readonly securityModules: readonly string[]
  readonly panic: {
    readonly end: PanicEnd
    /** From the kernel's last words on. */
    readonly withinSeconds: number
  }
  /** What the image is expected to have, exactly; undefined where nobody has listed it. */
  readonly inventory: Inventory | undefined
  readonly daemons: DaemonPolicy
  /** By name as in `sysctl`, such as `kernel.kptr_restrict`: the values that are good. */
  readonly sysctls: Readonly<Record<string, readonly string[]>>
  readonly containers: {
    readonly default: ContainerExpectation
    readonly named: Readonly<Record<string, TrustedContainer | ContainerExpectation>>
  }
  readonly waivers: readonly Waiver[]
}

/** What the policy expects of the container of this name. */
export const containerExpectation = (
  policy: Policy,
  name: string,
): TrustedContainer | ContainerExpectation =>
  Object.hasOwn(policy.containers.named, name)
    ? (policy.containers.named[name] ?? policy.containers.default)
    : policy.containers.default

export const isTrusted = (
  expectation: TrustedContainer | ContainerExpectation,
): expectation is TrustedContainer => 'trusted' in expectation
