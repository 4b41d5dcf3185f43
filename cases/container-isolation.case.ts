import type { AttemptArguments } from '../harness/guest/attempt.ts'
import type { NamespaceType, Place, Probe, ProcessInfo } from '../harness/guest/probe.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import type { CheckContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { type JudgedContainer, judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { scratchDirectory } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'

/** A fact of each judged container: what is wrong with it, or what was found. */
type Examine = (
  container: JudgedContainer,
  process: ProcessInfo,
  all: readonly ProcessInfo[],
) => readonly ({ readonly what: string; readonly found: string } & (
  | { readonly expected: string }
  | { readonly fine: true }
))[]

const onProcesses =
  (what: string, examine: Examine) =>
  async (context: CheckContext): Promise<Judgement> => {
    const probe = await context.probe()
    const processes = await probe.processes()
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const container of await judgedContainers(probe, context.policy)) {
      const first = processes.find(({ pid }) => pid === container.pid)
      if (first === undefined) {
        throw new CannotJudge(`the first process of container ${container.id} ended while it was looked at`)
      }
      for (const item of examine(container, first, processes)) {
        const evidence: Evidence = {
          vantage: 'inside',
          source: `${item.what} of ${container.place.name}, seen from the host`,
          found: item.found,
        }
        if ('expected' in item) {
          bad.push({ ...evidence, expected: item.expected, subject: `${container.id}:${item.what}` })
        } else {
          good.push(evidence)
        }
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: 'the containers as the host sees them',
      bad,
      good,
      what,
    })
  }

type Try = (
  place: Place,
) => Promise<readonly { readonly what: string; readonly attempted: Attempt['attempted'] }[]>

const refusedInContainers = async (
  context: CheckContext,
  tries: Try,
  options: { readonly control: (probe: Probe) => Promise<Try>; readonly refusals?: readonly string[] },
): Promise<Judgement> => {
  const probe = await context.probe()
  const attempts: Attempt[] = []
  for (const { id, place } of await judgedContainers(probe, context.policy)) {
    for (const { what, attempted } of await tries(place)) {
      attempts.push({ what: `${what} in ${place.name}`, attempted, subject: `${id}:${what}` })
    }
  }
  const [first, ...rest] = (await (await options.control(probe))(probe.host)).map(({ what, attempted }) => ({
    what: `${what} on the host`,
    attempted,
  }))
  return first === undefined
    ? judge.inconclusive('no control was tried')
    : judge.refused(attempts, { control: [first, ...rest], refusals: options.refusals ?? [] })
}

/** The same tries, as root on the host, are the control. */
const sameOnHost = (tries: Try) => async (): Promise<Try> => tries

check(
  'container.namespaces',
  {
    claim: 'every container has namespaces of its own, separate from the host and from every other container',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
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

const capabilityNames = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
] as const

const namesOf = (set: bigint): readonly string[] =>
  Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => (set >> BigInt(bit)) & 1n)
    .map((bit) => `CAP_${capabilityNames[bit] ?? bit}`)

check(
  'container.capabilities',
  {
    claim: 'a container holds no capability beyond those its policy grants, in any of the five sets',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['capable-container', 'unconfined-container'],
    remedy:
      'List only what the service needs under process.capabilities, in the bounding set too; inheritable stays empty.',
  },
  onProcesses('capability sets', ({ expectation }, process) => {
    const granted: readonly string[] = expectation.capabilities
    return Object.entries(process.capabilities).map(([set, value]) => {
      const names = namesOf(value)
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
  'pidfd_getfd',
] as const

const systemCalls: Try = async (place) => {
  const tried = []
  for (const name of refusedCalls) {
    tried.push({ what: name, attempted: await place.try('syscall', { name }) })
  }
  tried.push({ what: 'personality', attempted: await place.try('personality') })
  return tried
}

check(
  'container.seccomp',
  {
    claim: 'a seccomp filter keeps a container from the system calls that escapes are made of',
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['unconfined-container'],
    remedy: "Give the container Moby's default seccomp profile (linux.seccomp in config.json).",
  },
  (context) => refusedInContainers(context, systemCalls, { control: sameOnHost(systemCalls) }),
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

const hostSettings = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/vm/drop_caches',
  '/proc/sysrq-trigger',
  '/proc/irq/default_smp_affinity',
]

const openSettings: Try = async (place) => {
  const tried = []
  for (const path of hostSettings) {
    if ((await place.stat(path)) !== undefined) {
      tried.push({ what: `open ${path} for writing`, attempted: await place.try('open-write', { path }) })
    }
  }
  return tried
}

check(
  'container.host-settings',
  {
    claim: 'a container cannot write the settings of the host kernel, such as core_pattern and sysrq-trigger',
    promise: 'P12',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['unconfined-container'],
    remedy: "Set linux.readonlyPaths in config.json to Moby's list (/proc/bus, fs, irq, sys, sysrq-trigger).",
  },
  (context) => refusedInContainers(context, openSettings, { control: sameOnHost(openSettings) }),
)

/** loop0 and /dev/mem: there whatever else the machine has. */
const nodes: readonly AttemptArguments['mknod-open'][] = [
  { type: 'block', major: 7, minor: 0 },
  { type: 'character', major: 1, minor: 1 },
]

const makeNodes: Try = async (place) => {
  const tried = []
  for (const node of nodes) {
    tried.push({
      what: `make and open ${node.type} device ${node.major}:${node.minor}`,
      attempted: await place.try('mknod-open', node),
    })
  }
  return tried
}

check(
  'container.devices',
  {
    claim: 'a container cannot make a device node and reach a device of the host through it',
    promise: 'P12',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['unconfined-container'],
    remedy: 'Take CAP_MKNOD from the container and keep the device cgroup at its default list.',
  },
  (context) =>
    refusedInContainers(context, makeNodes, {
      control:
        async ({ host }) =>
        async () => [
          {
            what: 'make and open block device 7:0',
            attempted: await host.try('mknod-open', { type: 'block', major: 7, minor: 0 }),
          },
        ],
    }),
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
    twins: ['capable-container', 'unconfined-container'],
    remedy:
      'Take CAP_SYS_TIME, CAP_SYS_CHROOT and CAP_NET_RAW from the container, or grant them in the policy.',
  },
  (context) => refusedInContainers(context, privileged, { control: sameOnHost(privileged) }),
)

const hostProcesses: Try = async (place) => [
  { what: 'signal a process of the host', attempted: await place.try('kill-host', {}) },
  { what: 'join a namespace of the host', attempted: await place.try('setns-host') },
]

check(
  'container.host-processes',
  {
    claim: 'a container can neither signal a process of the host nor join its namespaces',
    promise: 'P12',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['unconfined-container'],
    remedy:
      'Give the container a pid namespace, and take CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_KILL from it.',
  },
  (context) =>
    refusedInContainers(context, hostProcesses, {
      refusals: ['ESRCH'],
      control:
        async ({ host }) =>
        async () => [{ what: 'signal process 1', attempted: await host.try('kill-host', { pid: 1 }) }],
    }),
)

const runtimeSockets = [
  '/run/containerd/containerd.sock',
  '/run/containerd/containerd.sock.ttrpc',
  '/run/containerd/debug.sock',
  '/run/docker.sock',
  '/run/podman/podman.sock',
  '/run/crio/crio.sock',
]

check(
  'container.runtime-sockets',
  {
    claim: 'a container cannot reach the socket of the container runtime, which is root on the host',
    promise: 'P12',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['unconfined-container'],
    remedy: 'Do not bind /run, /var/run or the socket into the container.',
  },
  async (context) => {
    const probe = await context.probe()
    const onHost: string[] = []
    for (const path of runtimeSockets) {
      if ((await probe.host.stat(path))?.type === 'socket') {
        onHost.push(path)
      }
    }
    if (onHost.length === 0) {
      return judge.absent(
        'the host has no runtime socket at a known place',
        runtimeSockets.map((source) => ({ vantage: 'inside', source, found: 'not on the host' })),
      )
    }
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { id, place } of await judgedContainers(probe, context.policy)) {
      for (const path of onHost) {
        const source = `${path} in ${place.name}`
        if ((await place.stat(path)) === undefined) {
          good.push({ vantage: 'inside', source, found: 'not there, while the host has it' })
        } else {
          bad.push({
            vantage: 'inside',
            source,
            found: 'in reach',
            expected: 'not there',
            subject: `${id}:${path}`,
          })
        }
      }
    }
    return judge.findings({ vantage: 'inside', source: 'runtime sockets', bad, good, what: 'sockets' })
  },
)

const mebibyte = 1024 * 1024

/** Reads a cgroup v2 limit of a container, from the host's side; undefined: no limit. */
const limitOf = async (
  probe: Probe,
  { id, pid }: JudgedContainer,
  file: string,
): Promise<number | undefined> => {
  const cgroup = (await probe.processes()).find((process) => process.pid === pid)?.cgroup
  if (cgroup === undefined) {
    throw new CannotJudge(`container ${id} is in no cgroup v2 that could be read`)
  }
  const text = (await probe.host.read(`/sys/fs/cgroup${cgroup}/${file}`)).toString('latin1').trim()
  return text === 'max' ? undefined : Number(text)
}

const onLimit =
  (
    file: string,
    most: number,
    exceed: (place: Place, limit: number) => Promise<Attempt['attempted']>,
    control: (host: Place, scratch: string) => Promise<Attempt['attempted']>,
  ) =>
  async (context: CheckContext): Promise<Judgement> => {
    const probe = await context.probe()
    const judgements: Judgement[] = []
    for (const container of await judgedContainers(probe, context.policy)) {
      const limit = await limitOf(probe, container, file)
      const source = `${file} of ${container.place.name}`
      if (limit === undefined || limit > most) {
        const found = limit === undefined ? 'no limit' : String(limit)
        judgements.push(
          judge.findings({
            vantage: 'inside',
            source,
            bad: [
              {
                vantage: 'inside',
                source,
                found,
                expected: `at most ${most}`,
                subject: `${container.id}:${file}`,
              },
            ],
            good: [],
            what: 'limits',
          }),
        )
        continue
      }
      judgements.push(
        judge.refused(
          [
            {
              what: `exceed ${file} (${limit}) in ${container.place.name}`,
              attempted: await exceed(container.place, limit),
              subject: `${container.id}:${file}`,
            },
          ],
          {
            control: [
              {
                what: 'the same kind, small, on the host',
                attempted: await control(probe.host, await scratchDirectory(probe, context.policy)),
              },
            ],
            refusals: ['EAGAIN', 'ENOMEM', 'SIGKILL'],
          },
        ),
      )
    }
    return judge.all(judgements)
  }

check(
  'container.process-limit',
  {
    claim: 'a fork bomb in a container ends at a limit of its own',
    promise: 'P12',
    severity: 'high',
    vantages: ['inside'],
    twins: ['unlimited-container'],
    remedy: 'Set linux.resources.pids.limit in config.json.',
  },
  onLimit(
    'pids.max',
    4096,
    (place, limit) => place.try('fork-limit', { max: limit + 1 }),
    (host) => host.try('fork-limit', { max: 8 }),
  ),
)

check(
  'container.memory-limit',
  {
    claim: 'a container that takes memory without end is stopped at a limit of its own',
    promise: 'P12',
    severity: 'high',
    vantages: ['inside'],
    twins: ['unlimited-container'],
    remedy: 'Set linux.resources.memory.limit in config.json.',
  },
  onLimit(
    'memory.max',
    512 * mebibyte,
    (place, limit) => place.try('memory-limit', { bytes: limit + 16 * mebibyte }),
    (host) => host.try('memory-limit', { bytes: 4 * mebibyte }),
  ),
)
