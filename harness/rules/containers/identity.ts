import { capabilityNames } from '../../facts/capabilities.ts'
import type { ContainerView } from '../../facts/container-views.ts'
import { notAsked } from '../bundle/bundle.ts'
import type { Namespace } from '../policy.ts'
import { item, type LiveProperty, type Surroundings } from './live.ts'

/** Who has the same namespace: the host, another container, or nobody. */
const sharer = (
  type: Namespace,
  inode: number,
  { container, host, all }: Surroundings,
): string | undefined => {
  if (host.namespaces.get(type) === inode) return 'the host'
  for (const [id, other] of all) {
    if (id !== container.id && other.namespaces.get(type) === inode) return `container ${id}`
  }
  return undefined
}

const namespaces: LiveProperty = {
  id: 'container.namespaces',
  plural: 'namespaces',
  examine: (view, surroundings) =>
    surroundings.container.expectation.namespaces.map((type) => {
      const inode = view.namespaces.get(type)
      if (inode === undefined)
        return item(type, 'could not be read', view.side === 'within', 'one of its own')
      const shared = sharer(type, inode, surroundings)
      const found = `${type}:[${inode}]${shared === undefined ? '' : `, shared with ${shared}`}`
      return item(type, found, shared === undefined, 'a namespace of its own')
    }),
}

const sets = {
  effective: 'CapEff',
  permitted: 'CapPrm',
  inheritable: 'CapInh',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
} as const

const namesOf = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

const capabilities: LiveProperty = {
  id: 'container.capabilities',
  plural: 'capability sets',
  examine: ({ status }, { container }) => {
    if (status === undefined) return undefined
    const granted = container.expectation.capabilities
    return Object.entries(sets).map(([set, field]) => {
      const value = status.get(field)
      if (value === undefined || !/^[0-9a-f]{1,16}$/.test(value)) {
        return item(`${set} capabilities`, 'could not be read', false, 'a set')
      }
      const names = capabilityNames(BigInt(`0x${value}`))
      const within = names.every((name) => granted.includes(name))
      return item(`${set} capabilities`, namesOf(names), within, namesOf(granted))
    })
  },
}

/** The second of the four numbers: the effective one. */
const effectiveUser = ({ status }: ContainerView): number | undefined => {
  const [, effective] = status?.get('Uid')?.split(/\s+/) ?? []
  return effective === undefined ? undefined : Number(effective)
}

const user: LiveProperty = {
  id: 'container.user',
  plural: 'users',
  examine: (view, { container, host, all }) => {
    const uid = effectiveUser(view)
    if (uid === undefined) return undefined
    const seen = all.get(container.id) ?? view
    const own = seen.namespaces.get('user') !== host.namespaces.get('user')
    // The two sides of a user namespace number its users in different ways.
    if (own && view.side === 'within') return undefined
    const found = uid === 0 && !own ? 'uid 0 in the user namespace of the host' : `uid ${uid}`
    return [item('user', found, uid !== 0, 'another user')]
  },
}

const noNewPrivileges: LiveProperty = {
  id: 'container.no-new-privileges',
  plural: 'processes',
  examine: ({ status }, { container }) => {
    if (!container.expectation.noNewPrivileges) return notAsked
    const value = status?.get('NoNewPrivs')
    if (value === undefined) return undefined
    return [item('no_new_privs', value === '1' ? 'set' : 'not set', value === '1', 'set')]
  },
}

/** Who a container's process is, and what it may do. */
export const identityProperties: readonly LiveProperty[] = [namespaces, capabilities, user, noNewPrivileges]
