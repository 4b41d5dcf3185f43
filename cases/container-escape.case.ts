import type { AttemptArguments } from '../harness/guest/attempt.ts'
import { containerClaims } from '../harness/rules/container-claims.ts'
import { hostSettings, runtimeSockets } from '../harness/rules/container-expectations.ts'
import { judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { refusedButOnHost, refusedInContainers, type Tried, type Try } from './support/containers.ts'

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
    ...containerClaims['container.host-settings'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
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
    ...containerClaims['container.devices'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
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
    ...containerClaims['container.host-processes'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['host-pid-container'],
  },
  async (context) => {
    const { host } = await context.probe()
    const control = { what: 'signal process 1', attempted: await host.try('kill-host', { pid: 1 }) }
    return refusedInContainers(context, hostProcesses, [control], ['ESRCH'])
  },
)

check(
  'container.runtime-sockets',
  {
    ...containerClaims['container.runtime-sockets'],
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unconfined-container'],
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
