import { capabilityNames } from '../harness/facts/capabilities.ts'
import type { NamespaceType } from '../harness/guest/probe.ts'
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
    claim: 'every container has namespaces of its own, separate from the host and from every other container',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
    remedy:
      'Name pid, mount, network, ipc, uts and cgroup under linux.namespaces in config.json, without a path.',
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
    claim: 'a container holds no capability beyond those its policy grants, in any of the five sets',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['capable-container', 'unconfined-container'],
    remedy:
      'List only what the service needs under process.capabilities, in the bounding set too; inheritable stays empty.',
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
    claim: 'the service in a container does not run as the root user of the host',
    promise: 'P13',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['capable-container'],
    remedy: 'Set process.user to a user of its own, or give the container a user namespace.',
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
    claim: 'no program started in a container can gain privileges (no_new_privs)',
    promise: 'P13',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
    remedy: 'Set process.noNewPrivileges in config.json.',
  },
  onProcesses('processes', (_, process) => [
    process.noNewPrivileges
      ? { what: 'no_new_privs', found: 'set', fine: true }
      : { what: 'no_new_privs', found: 'not set', expected: 'set' },
  ]),
)

/** System calls that Moby's default profile refuses to a container without capabilities. */
const refusedCalls = [
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
    claim: 'a seccomp filter keeps a container from the system calls that escapes are made of',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: "Give the container Moby's default seccomp profile (linux.seccomp in config.json).",
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

const maskedFiles = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/timer_list',
  '/proc/interrupts',
  '/proc/latency_stats',
]
const maskedDirectories = ['/sys/firmware', '/proc/acpi', '/proc/scsi', '/sys/devices/virtual/powercap']

check(
  'container.masked-paths',
  {
    claim: 'a container cannot read what /proc and /sys tell of the whole machine',
    promise: 'P13',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: "Set linux.maskedPaths in config.json to Moby's list.",
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
    claim: 'a container cannot set the clock, change its root or open raw sockets',
    promise: 'P13',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['capable-container', 'unconfined-container'],
    remedy:
      'Take CAP_SYS_TIME, CAP_SYS_CHROOT and CAP_NET_RAW from the container, or grant them in the policy.',
  },
  refusedButOnHost(privileged),
)
