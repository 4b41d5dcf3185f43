import { capabilityNames } from '../harness/facts/capabilities.ts'
import type { NamespaceType } from '../harness/guest/probe.ts'
import { containerClaims } from '../harness/rules/container-claims.ts'
import { maskedDirectories, maskedFiles, refusedCalls } from '../harness/rules/container-expectations.ts'
import { judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import {
  onProcesses,
  refusedButOnHost,
  refusedInContainers,
  type Tried,
  type Try,
} from './support/containers.ts'

check(
  'container.namespaces',
  {
    ...containerClaims['container.namespaces'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
  },
  onProcesses('namespaces', ({ expectation, id }, process, all) => {
    const host = all.find(({ pid }) => pid === 1)
    return expectation.namespaces.map((type: NamespaceType) => {
      const own = process.namespaces[type]
      const sharedWith =
        own === undefined || own === host?.namespaces[type]
          ? 'the host'
          : all.find(
              (other) =>
                other.container !== undefined && other.container !== id && other.namespaces[type] === own,
            )?.container
      const found = own === undefined ? 'could not be read' : `${type}:[${own}]`
      return sharedWith === undefined
        ? { what: type, found, fine: true }
        : { what: type, found: `${found}, shared with ${sharedWith}`, expected: 'a namespace of its own' }
    })
  }),
)

check(
  'container.capabilities',
  {
    ...containerClaims['container.capabilities'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['capable-container', 'unconfined-container'],
  },
  onProcesses('capability sets', ({ expectation }, process) => {
    const granted: readonly string[] = expectation.capabilities
    return Object.entries(process.capabilities).map(([set, value]) => {
      const names = capabilityNames(value)
      const beyond = names.filter((name) => !granted.includes(name))
      const found = names.length === 0 ? 'none' : names.join(', ')
      return beyond.length === 0
        ? { what: `${set} capabilities`, found, fine: true }
        : { what: `${set} capabilities`, found, expected: granted.length === 0 ? 'none' : granted.join(', ') }
    })
  }),
)

check(
  'container.user',
  {
    ...containerClaims['container.user'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['capable-container'],
  },
  onProcesses('users', (_, process, all) => {
    const host = all.find(({ pid }) => pid === 1)
    const mapped = process.namespaces.user !== undefined && process.namespaces.user !== host?.namespaces.user
    return process.uid !== 0 || mapped
      ? [{ what: 'user', found: `uid ${process.uid}`, fine: true }]
      : [{ what: 'user', found: 'uid 0 in the user namespace of the host', expected: 'another user' }]
  }),
)

check(
  'container.no-new-privileges',
  {
    ...containerClaims['container.no-new-privileges'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
  },
  onProcesses('processes', (_, process) => [
    process.noNewPrivileges
      ? { what: 'no_new_privs', found: 'set', fine: true }
      : { what: 'no_new_privs', found: 'not set', expected: 'set' },
  ]),
)

/** Fewer reached on the host than this, and the comparison says too little. */
const callsNeeded = 8

const systemCalls =
  (names: readonly string[]): Try =>
  async (place) => {
    const tried: Tried[] = []
    for (const name of names) {
      tried.push({ what: name, attempted: await place.try('syscall', { name }) })
    }
    return tried
  }

check(
  'container.seccomp',
  {
    ...containerClaims['container.seccomp'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
  },
  async (context) => {
    const { host } = await context.probe()
    // A call that the kernel refuses to root on the host too (io_uring switched off) shows nothing of the filter.
    const reached = (await systemCalls(refusedCalls)(host)).filter(
      ({ attempted }) => attempted.outcome === 'allowed',
    )
    if (reached.length < callsNeeded) {
      return judge.inconclusive(
        `only ${reached.length} of ${refusedCalls.length} system calls can be reached on the host`,
      )
    }
    return refusedInContainers(context, systemCalls(reached.map(({ what }) => what)), reached)
  },
)

check(
  'container.masked-paths',
  {
    ...containerClaims['container.masked-paths'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
  },
  async (context) => {
    const probe = await context.probe()
    const files = []
    for (const path of maskedFiles) {
      if ((await probe.host.try('open-read', { path })).outcome === 'allowed') {
        files.push(path)
      }
    }
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { id, place } of await judgedContainers(probe, context.policy)) {
      for (const path of files) {
        const attempted = await place.try('open-read', { path })
        const source = `${path} in ${place.name}`
        if (attempted.outcome === 'allowed') {
          bad.push({
            vantage: 'inside',
            source,
            found: 'can be read',
            expected: 'masked',
            subject: `${id}:${path}`,
          })
        } else if (attempted.outcome === 'refused') {
          good.push({ vantage: 'inside', source, found: `${attempted.errno}, while the host can read it` })
        }
      }
      for (const path of maskedDirectories) {
        const [onHost, inside] = [await probe.host.glob(`${path}/*`), await place.glob(`${path}/*`)]
        const source = `${path} in ${place.name}`
        if (inside.length > 0) {
          bad.push({
            vantage: 'inside',
            source,
            found: `${inside.length} entries`,
            expected: 'masked',
            subject: `${id}:${path}`,
          })
        } else if (onHost.length > 0) {
          good.push({
            vantage: 'inside',
            source,
            found: `empty, while the host sees ${onHost.length} entries`,
          })
        }
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: 'paths that the host can read',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'paths',
    })
  },
)

const privileged: Try = async (place) => [
  { what: 'set the clock', attempted: await place.try('settime') },
  { what: 'chroot', attempted: await place.try('chroot') },
  { what: 'open a raw socket', attempted: await place.try('raw-socket') },
]

check(
  'container.privileged-operations',
  {
    ...containerClaims['container.privileged-operations'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['capable-container', 'unconfined-container'],
  },
  refusedButOnHost(privileged),
)
