import { type Architecture, architectures } from '../../common/architecture.ts'
import type { OciSpec, Seccomp } from '../../image/oci-spec.ts'
import { dockerDefault } from './docker-default.ts'
import { SeccompFilter } from './seccomp-filter.ts'
import { systemCalls } from './system-calls.ts'

/** How many system calls a container can make, of those that the architecture has. */
export interface SyscallReach {
  readonly architecture: Architecture
  /** Without any filter: the whole table. */
  readonly all: number
  /** Under the container's own filter; the same as `all` where it has none. */
  readonly reachable: number
  /** Of these, calls that only get through with some arguments. */
  readonly conditional: number
  /** Under Docker's default profile with the capabilities of this container. */
  readonly dockerDefault: number
  /** Calls that get through here, but not under Docker's default. */
  readonly beyond: readonly string[]
  /** Other call tables that the filter lets in, such as SCMP_ARCH_X86; none where there is no filter to say. */
  readonly otherTables: readonly string[]
}

const native: Readonly<Record<Architecture, string>> = {
  x86_64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
}

/** The tables that a kernel of the architecture has beside its own. */
const others: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_ARM'],
}

/** The architectures that a bundle is for: those that its filter names, or all. */
export const architecturesOf = ({ linux }: OciSpec): readonly Architecture[] => {
  const named = architectures.filter((one) => linux.seccomp?.architectures.includes(native[one]))
  return named.length > 0 ? named : architectures
}

const reached = (filter: Seccomp | undefined, names: readonly string[]) => {
  if (filter === undefined) return { all: names, sometimes: [] }
  const compiled = new SeccompFilter(filter)
  const sometimes = names.filter((name) => compiled.reach(name) === 'sometimes')
  return { all: names.filter((name) => compiled.reach(name) !== 'never'), sometimes }
}

export const syscallReach = ({ linux, process }: OciSpec, architecture: Architecture): SyscallReach => {
  const names = systemCalls(architecture)
  const own = reached(linux.seccomp, names)
  const docker = reached(dockerDefault(process.capabilities?.bounding ?? []), names)
  return {
    architecture,
    all: names.length,
    reachable: own.all.length,
    conditional: own.sometimes.length,
    dockerDefault: docker.all.length,
    beyond: own.all.filter((name) => !docker.all.includes(name)),
    otherTables: others[architecture].filter((table) => linux.seccomp?.architectures.includes(table)),
  }
}
