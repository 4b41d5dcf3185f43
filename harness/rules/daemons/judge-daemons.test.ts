import { describe, expect, it } from 'vitest'
import type { Daemon } from '../../facts/daemons.ts'
import { fakeProcess } from '../../facts/testing/fake-process.ts'
import type { ProcessInfo } from '../../guest/probe.ts'
import { type DaemonPolicy, daemonLayer, mergeDaemons } from './daemon-policy.ts'
import { judgeDaemons } from './judge-daemons.ts'

const policy: DaemonPolicy = {
  typeSafe: ['go', 'rust'],
  contained: {
    dhcp: {
      programs: ['/usr/sbin/dhcpcd'],
      namespaces: ['mnt', 'pid'],
      capabilities: ['CAP_NET_RAW'],
      reason: 'in C',
    },
  },
}

const capabilities = (bits: bigint) => ({
  effective: bits,
  permitted: bits,
  inheritable: 0n,
  bounding: bits,
  ambient: 0n,
})

const daemon = (process: Partial<ProcessInfo>, more: Partial<Omit<Daemon, 'process'>> = {}): Daemon => ({
  process: fakeProcess({ pid: 7, ...process }),
  program: '/usr/bin/daemon',
  language: 'go',
  ownNamespaces: [],
  ...more,
})

const dhcp = (process: Partial<ProcessInfo> = {}, ownNamespaces: Daemon['ownNamespaces'] = ['mnt', 'pid']) =>
  daemon({ exe: '/usr/sbin/dhcpcd', container: 'dhcp', ...process }, { language: 'c', ownNamespaces })

const verdictOf = (...daemons: Daemon[]) => judgeDaemons(daemons, policy)

describe('judgeDaemons', () => {
  it('should accept type-safe daemons anywhere, and others that are held as declared', () => {
    const judgement = verdictOf(daemon({}), dhcp({ capabilities: capabilities(1n << 13n) }))
    expect(judgement.verdict).toBe('pass')
    expect(judgement.evidence.map(({ found }) => found)).toEqual([
      "go, uid 0, capabilities none, bounded by none, no seccomp, may gain privileges, the host's namespaces, label none, no container",
      'c, uid 0, capabilities CAP_NET_RAW, bounded by CAP_NET_RAW, no seccomp, may gain privileges, own mnt pid, label none, container dhcp',
    ])
  })

  it.each([
    ['a C daemon on the host', daemon({}, { language: 'c' }), 'in c and in no container'],
    [
      'one whose language nobody knows',
      daemon({}, { language: undefined }),
      'in a language that its file does not tell',
    ],
    ['a language that is not among those of the policy', daemon({}, { language: 'ocaml' }), 'in ocaml'],
    ['a container that is not declared', dhcp({ container: 'other' }), 'in the container other'],
    ['another program in the container', dhcp({ exe: '/bin/sh' }), 'does not declare it'],
    ['a namespace that is shared', dhcp({}, ['mnt']), 'shares pid with the host'],
    [
      'a capability beyond the bound',
      dhcp({ capabilities: capabilities(1n << 21n) }),
      'CAP_SYS_ADMIN beyond',
    ],
  ])('should refuse %s', (_, bad, problem) => {
    const judgement = verdictOf(daemon({}), bad)
    expect(judgement.verdict).toBe('fail')
    expect(judgement.evidence[0]?.found).toContain(problem)
    expect(judgement.evidence[0]?.subject).toBeDefined()
  })

  it('should show every daemon, however many there are', () => {
    const many = Array.from({ length: 30 }, (_, pid) => daemon({ pid }))
    expect(verdictOf(...many).evidence).toHaveLength(30)
  })

  it('should not pass where none was seen', () => {
    expect(verdictOf().verdict).toBe('inconclusive')
  })
})

describe('the policy of daemons', () => {
  it('should lay layers over each other, and take containers out with null', () => {
    const base = daemonLayer.parse({ contained: { dhcp: policy.contained.dhcp } })
    expect(Object.keys(mergeDaemons([base, undefined]).contained)).toEqual(['dhcp'])
    expect(mergeDaemons([base, daemonLayer.parse({ typeSafe: ['go'], contained: { dhcp: null } })])).toEqual({
      typeSafe: ['go'],
      contained: {},
    })
  })

  it.each([
    ['C as a type-safe language', { typeSafe: ['c'] }],
    [
      'a container without a mount namespace',
      { contained: { x: { ...policy.contained.dhcp, namespaces: ['pid'] } } },
    ],
    ['a container without a reason', { contained: { x: { ...policy.contained.dhcp, reason: ' ' } } }],
  ])('should refuse %s', (_, layer) => {
    expect(daemonLayer.safeParse(layer).success).toBe(false)
  })
})
