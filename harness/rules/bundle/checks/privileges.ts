import { capabilitySets } from '../../../image/oci-spec.ts'
import { containerClaims } from '../../container-claims.ts'
import { type Bundle, type BundleCheck, type Item, notAsked } from '../bundle.ts'
import { SeccompFilter } from '../seccomp-filter.ts'

const namesOf = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

/** Capabilities that the first process can use. */
const usable = ({ spec }: Bundle): ReadonlySet<string> => {
  const { effective = [], permitted = [], ambient = [] } = spec.process.capabilities ?? {}
  return new Set([...effective, ...permitted, ...ambient])
}

/** What takes a capability and one of some system calls. */
interface Operation {
  readonly what: string
  readonly capability: string
  readonly calls: readonly string[]
}

const privileged: readonly Operation[] = [
  { what: 'set the clock', capability: 'CAP_SYS_TIME', calls: ['clock_settime', 'settimeofday'] },
  { what: 'chroot', capability: 'CAP_SYS_CHROOT', calls: ['chroot'] },
  { what: 'open a raw socket', capability: 'CAP_NET_RAW', calls: ['socket'] },
]

const covers: readonly Operation[] = [
  { what: 'mount', capability: 'CAP_SYS_ADMIN', calls: ['mount'] },
  { what: 'umount', capability: 'CAP_SYS_ADMIN', calls: ['umount2'] },
  { what: 'remount-attr', capability: 'CAP_SYS_ADMIN', calls: ['mount_setattr'] },
  { what: 'move_mount', capability: 'CAP_SYS_ADMIN', calls: ['move_mount'] },
]

const operations =
  (all: readonly Operation[]) =>
  (bundle: Bundle): readonly Item[] => {
    const held = usable(bundle)
    const { seccomp } = bundle.spec.linux
    const filter = seccomp && new SeccompFilter(seccomp)
    return all.map(({ what, capability, calls }) => {
      if (!held.has(capability)) return { what, found: `no ${capability}` }
      const open = calls.filter((call) => filter === undefined || filter.reach(call) !== 'never')
      return open.length === 0
        ? { what, found: `${capability}, but the filter refuses ${calls.join(' and ')}` }
        : { what, found: `${capability}, and nothing refuses ${open.join(' and ')}`, expected: 'not allowed' }
    })
  }

const capabilityItems: BundleCheck['examine'] = ({ spec }, { capabilities: granted }) =>
  capabilitySets.map((set) => {
    const names = spec.process.capabilities?.[set] ?? []
    const beyond = names.filter((name) => !granted.includes(name.toUpperCase()))
    const what = `${set} capabilities`
    return beyond.length === 0
      ? { what, found: namesOf(names) }
      : { what, found: namesOf(names), expected: namesOf(granted) }
  })

const unconfined = /^unconfined$|(?:^|:)unconfined_t(?::|$)/

/** What a container may do. */
export const privilegeChecks: readonly BundleCheck[] = [
  {
    id: 'container.capabilities',
    claim: containerClaims['container.capabilities'],
    examine: capabilityItems,
  },
  {
    id: 'container.no-new-privileges',
    claim: containerClaims['container.no-new-privileges'],
    examine: ({ spec }, { noNewPrivileges }) => {
      if (!noNewPrivileges) return notAsked
      return spec.process.noNewPrivileges
        ? [{ what: 'no_new_privs', found: 'set' }]
        : [{ what: 'no_new_privs', found: 'not set', expected: 'set' }]
    },
  },
  {
    id: 'container.privileged-operations',
    claim: containerClaims['container.privileged-operations'],
    examine: operations(privileged),
  },
  {
    id: 'root.cover',
    claim: containerClaims['root.cover'],
    examine: operations(covers),
  },
  {
    id: 'container.label',
    claim: containerClaims['container.label'],
    examine: ({ spec }) => {
      const labels = [
        { what: 'AppArmor profile', label: spec.process.apparmorProfile },
        { what: 'SELinux label', label: spec.process.selinuxLabel },
      ].filter(({ label }) => label !== '')
      if (labels.length === 0) {
        return {
          verdict: 'inconclusive',
          reason: 'it names none: whether the runtime adds one, and the kernel has any, is seen when it runs',
        }
      }
      return labels.map(({ what, label }) =>
        unconfined.test(label) ? { what, found: label, expected: 'a confined one' } : { what, found: label },
      )
    },
  },
  {
    id: 'container.working-directory',
    claim: containerClaims['container.working-directory'],
    examine: ({ spec }) => {
      const { cwd } = spec.process
      const what = 'working directory'
      return /(?:^|\/)proc\/+(?:self|thread-self|\d+)\/+(?:fd|cwd|root)(?:\/|$)/.test(cwd)
        ? [{ what, found: cwd, expected: 'a directory of the container' }]
        : [{ what, found: cwd === '' ? '/' : cwd }]
    },
  },
]
