import { containerClaims } from '../harness/rules/container-claims.ts'
import { maskedDirectories, maskedFiles, refusedCalls } from '../harness/rules/container-expectations.ts'
import { judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { refusedButOnHost, refusedInContainers, type Tried, type Try } from './support/containers.ts'

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
        } else if (attempted.outcome === 'refused' && attempted.errno === 'EOF') {
          // An empty file may be anything, which whoever put it there can fill (CVE-2025-31133).
          const mask = await place.stat(path)
          const { major, minor } = mask?.device ?? {}
          if (mask?.type === 'character-device' && major === 1 && minor === 3) {
            good.push({ vantage: 'inside', source, found: 'the null device, while the host can read it' })
          } else {
            const found = `masked by a ${mask?.type ?? 'name that is gone'}`
            bad.push({
              vantage: 'inside',
              source,
              found,
              expected: 'the null device',
              subject: `${id}:${path}`,
            })
          }
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
