import type { AttemptArguments } from '../harness/guest/attempt.ts'
import { judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { refusedButOnHost, refusedInContainers, type Tried, type Try } from './support/containers.ts'

const hostSettings = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/vm/drop_caches',
  '/proc/sysrq-trigger',
  '/proc/irq/default_smp_affinity',
]

const openSettings: Try = async (place) => {
  const tried: Tried[] = []
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
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: "Set linux.readonlyPaths in config.json to Moby's list (/proc/bus, fs, irq, sys, sysrq-trigger).",
  },
  refusedButOnHost(openSettings),
)

/** loop0 and /dev/mem: there whatever else the machine has. */
const nodes: readonly AttemptArguments['mknod-open'][] = [
  { type: 'block', major: 7, minor: 0 },
  { type: 'character', major: 1, minor: 1 },
]

const makeNodes: Try = async (place) => {
  const tried: Tried[] = []
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
    promise: 'P13',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: 'Take CAP_MKNOD from the container and keep the device cgroup at its default list.',
  },
  async (context) => {
    const { host } = await context.probe()
    const node = { type: 'block', major: 7, minor: 0 } as const
    const control = { what: 'make and open block device 7:0', attempted: await host.try('mknod-open', node) }
    return refusedInContainers(context, makeNodes, [control])
  },
)

const hostProcesses: Try = async (place) => [
  { what: 'signal a process of the host', attempted: await place.try('kill-host', {}) },
  { what: 'signal it as user 0', attempted: await place.try('kill-host', {}, { uid: 0 }) },
  { what: 'join a namespace of the host', attempted: await place.try('setns-host') },
]

check(
  'container.host-processes',
  {
    claim: 'a container can neither signal a process of the host nor join its namespaces',
    promise: 'P12',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['host-pid-container'],
    remedy:
      'Give the container a pid namespace, and take CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_KILL from it.',
  },
  async (context) => {
    const { host } = await context.probe()
    const control = { what: 'signal process 1', attempted: await host.try('kill-host', { pid: 1 }) }
    return refusedInContainers(context, hostProcesses, [control], ['ESRCH'])
  },
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
    guest: 'shared',
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
