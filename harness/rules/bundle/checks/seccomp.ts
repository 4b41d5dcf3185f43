import { containerClaims } from '../../container-claims.ts'
import { refusedCalls } from '../../container-expectations.ts'
import { type BundleCheck, type Item, notAsked } from '../bundle.ts'
import { SeccompFilter } from '../seccomp-filter.ts'

/** What must be refused of a call that is let through with other arguments. */
const personalityWithoutRandomness = 0x40000n

/** Kinds of socket that kernel exploits came through (CVE-2026-31431), by the number of their address family. */
const refusedSockets = { AF_ALG: 38n, AF_VSOCK: 40n } as const

const callItem = (filter: SeccompFilter, name: string): Item => {
  const what = name
  const reach = filter.reach(name)
  if (reach === 'never') return { what, found: 'refused' }
  const expected = 'refused'
  if (reach === 'always') return { what, found: 'let through', expected }
  if (name !== 'personality') return { what, found: 'let through with some arguments', expected }
  return filter.allows(name, [personalityWithoutRandomness])
    ? { what, found: 'let through with ADDR_NO_RANDOMIZE', expected }
    : { what, found: 'refused with ADDR_NO_RANDOMIZE' }
}

const socketItem = (filter: SeccompFilter, family: string, number: bigint): Item => {
  const what = `socket(${family})`
  return filter.allows('socket', [number])
    ? { what, found: 'let through', expected: 'refused' }
    : { what, found: 'refused' }
}

/** Which system calls a container can make. */
export const seccompChecks: readonly BundleCheck[] = [
  {
    id: 'container.seccomp',
    claim: containerClaims['container.seccomp'],
    examine: ({ spec }, { seccomp }) => {
      if (!seccomp) return notAsked
      if (spec.linux.seccomp === undefined) {
        return [{ what: 'filter', found: 'none: every system call is let through', expected: 'a filter' }]
      }
      const filter = new SeccompFilter(spec.linux.seccomp)
      return [
        ...refusedCalls.map((name) => callItem(filter, name)),
        ...Object.entries(refusedSockets).map(([family, number]) => socketItem(filter, family, number)),
      ]
    },
  },
]
