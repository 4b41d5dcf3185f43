import type { Architecture } from '../../common/architecture.ts'
import type { Place, SystemCall } from '../../guest/probe.ts'
import type { Seccomp } from '../../image/oci-spec.ts'
import { dockerDefault } from '../bundle/docker-default.ts'
import { SeccompFilter } from '../bundle/seccomp-filter.ts'
import { systemCallNumbers } from '../bundle/system-call-numbers.ts'
import { systemCalls } from '../bundle/system-calls.ts'

/** A call that is tried, and what the filter in config.json does with it. */
interface Trial extends SystemCall {
  readonly name: string
  readonly throughAtRest: boolean
}

/** Which system calls a container reaches, by number of names. */
export interface ReachedCalls {
  /** Calls that were tried. */
  readonly all: number
  readonly reached: readonly string[]
  /** What Docker's default profile would let through, with the container's capabilities. */
  readonly dockerDefault: number
  /** Reached here, and not under Docker's default. */
  readonly beyond: readonly string[]
  /** Let through though config.json says otherwise: `socket(38)`. */
  readonly looser: readonly string[]
  /** Refused though config.json lets them through: a runtime leaves out what it does not know. */
  readonly stricter: readonly string[]
}

/** Calls that no filter is asked for, since the kernel itself has programs make them (kernel/seccomp.c since Linux 6.14). */
const unfiltered: ReadonlySet<string> = new Set(['uprobe', 'uretprobe'])

/** Values of one argument on both sides of a condition. */
const around = ({ op, value, valueTwo }: Seccomp['syscalls'][number]['args'][number]): readonly number[] =>
  op === 'SCMP_CMP_MASKED_EQ' ? [valueTwo, value] : [value, value + 1, ...(value > 0 ? [value - 1] : [])]

/** Arguments with which a call is tried: nothing, and whatever a condition of either profile tells apart. */
const argumentsFor = (
  name: string,
  profiles: readonly (Seccomp | undefined)[],
): readonly (readonly number[])[] => {
  const conditions = profiles
    .flatMap((profile) => profile?.syscalls ?? [])
    .filter(({ names }) => names.includes(name))
    .flatMap(({ args }) => args)
  const tried = conditions.flatMap((condition) =>
    around(condition).map((value) =>
      [0, 0, 0, 0, 0].map((zero, index) => (index === condition.index ? value : zero)),
    ),
  )
  const all = new Map([[], ...tried].map((values) => [JSON.stringify(values), values]))
  return [...all.values()]
}

const trialsFor = (
  architecture: Architecture,
  own: Seccomp | undefined,
  docker: Seccomp,
): readonly Trial[] => {
  const numbers = systemCallNumbers(architecture)
  const filter = own && new SeccompFilter(own)
  return systemCalls(architecture).flatMap((name): Trial[] => {
    const number = numbers.get(name)
    if (number === undefined || unfiltered.has(name)) return []
    return argumentsFor(name, [own, docker]).map((values) => ({
      ...{ name, number, arguments: values },
      throughAtRest: filter === undefined || filter.allows(name, values.map(BigInt)),
    }))
  })
}

const trialName = ({ name, arguments: values }: Trial): string =>
  values.length === 0 ? name : `${name}(${values.join(', ')})`

/**
 * Tries every system call in a place, with the arguments that its filter or Docker's tells apart.
 * @param own the filter in config.json; undefined for none
 * @param capabilities by which Docker's default differs
 */
export const reachedCalls = async (
  place: Place,
  architecture: Architecture,
  own: Seccomp | undefined,
  capabilities: readonly string[],
): Promise<ReachedCalls> => {
  const docker = dockerDefault(capabilities)
  const dockerFilter = new SeccompFilter(docker)
  const trials = trialsFor(architecture, own, docker)
  const answers = await place.reach(trials)
  const through = (index: number): boolean => answers[index] === undefined
  const namesOf = (chosen: readonly Trial[]) => [...new Set(chosen.map(({ name }) => name))]
  const beyond = trials.filter(
    ({ name, arguments: values }, index) => through(index) && !dockerFilter.allows(name, values.map(BigInt)),
  )
  return {
    all: namesOf(trials).length,
    reached: namesOf(trials.filter((_, index) => through(index))),
    dockerDefault: namesOf(trials.filter(({ name }) => dockerFilter.reach(name) !== 'never')).length,
    beyond: namesOf(beyond),
    looser: trials.filter((trial, index) => through(index) && !trial.throughAtRest).map(trialName),
    stricter: trials.filter((trial, index) => !through(index) && trial.throughAtRest).map(trialName),
  }
}
