import type { Architecture } from '../common/architecture.ts'
import type { Probe } from '../guest/probe.ts'
import { readOciSpec } from '../image/oci-spec.ts'
import { type Reach, SeccompFilter } from '../rules/bundle/seccomp-filter.ts'
import { systemCalls } from '../rules/bundle/system-calls.ts'

/** A system call that a container's filter lets through; `sometimes`: with some arguments only. */
export interface ReachableCall {
  readonly container: string
  readonly call: string
  readonly reach: Exclude<Reach, 'never'>
}

/** Vantage inside: the system calls that the seccomp filter of each running container lets through. */
export const reachableCalls = async (
  probe: Probe,
  architecture: Architecture,
): Promise<readonly ReachableCall[]> => {
  const found: ReachableCall[] = []
  for (const { id, bundle } of await probe.containers()) {
    const path = `${bundle}/config.json`
    const { seccomp } = readOciSpec(await probe.host.read(path), path).linux
    const filter = seccomp === undefined ? undefined : new SeccompFilter(seccomp)
    for (const call of systemCalls(architecture)) {
      const reach = filter?.reach(call) ?? 'always'
      if (reach !== 'never') found.push({ container: id, call, reach })
    }
  }
  return found
}
