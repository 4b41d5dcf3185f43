import type { SpecNamespace } from '../../../image/oci-spec.ts'
import { containerClaims } from '../../container-claims.ts'
import type { Namespace } from '../../policy.ts'
import type { Bundle, BundleCheck, Item } from '../bundle.ts'

const inSpec: Readonly<Record<Namespace, SpecNamespace>> = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  mnt: 'mount',
  net: 'network',
  pid: 'pid',
  time: 'time',
  user: 'user',
  uts: 'uts',
}

/** Whether the runtime makes a namespace for this container. */
export const hasOwn = ({ spec }: Bundle, type: Namespace): boolean =>
  spec.linux.namespaces.some((namespace) => namespace.type === inSpec[type] && namespace.path === '')

const namespaceItem = (bundle: Bundle, type: Namespace): Item => {
  const expected = 'a namespace of its own'
  const entry = bundle.spec.linux.namespaces.find((namespace) => namespace.type === inSpec[type])
  if (entry === undefined) return { what: type, found: 'none of its own, hence that of the host', expected }
  if (entry.path !== '') return { what: type, found: `joins ${entry.path}`, expected }
  const bound = bundle.runtime?.bindNS[type]
  const others = bound ? `, which others can join at ${bound}` : ''
  return { what: type, found: `of its own${others}` }
}

/** The id on the host of a container's user, or undefined where its user namespace has none for it. */
const hostUser = (bundle: Bundle): number | undefined => {
  const { uid } = bundle.spec.process.user
  if (!bundle.spec.linux.namespaces.some(({ type }) => type === 'user')) return uid
  const map = bundle.spec.linux.uidMappings.find(
    ({ containerID, size }) => uid >= containerID && uid - containerID < size,
  )
  return map === undefined ? undefined : map.hostID + uid - map.containerID
}

const userItem = (bundle: Bundle): Item => {
  const { uid } = bundle.spec.process.user
  const joined = bundle.spec.linux.namespaces.some(({ type, path }) => type === 'user' && path !== '')
  const host = hostUser(bundle)
  if (uid === 0 && joined) {
    return { what: 'user', found: 'uid 0 in a user namespace that it joins', expected: 'another user' }
  }
  if (host === 0) {
    const inside = uid === 0 ? 'uid 0' : `uid ${uid}, mapped to 0,`
    return { what: 'user', found: `${inside} in the user namespace of the host`, expected: 'another user' }
  }
  const mapped = host === undefined ? ', not mapped to any' : ` which is ${host} on the host`
  return { what: 'user', found: host === uid ? `uid ${uid}` : `uid ${uid}${mapped}` }
}

/** What a container shares with the host and with others. */
export const namespaceChecks: readonly BundleCheck[] = [
  {
    id: 'container.namespaces',
    claim: containerClaims['container.namespaces'],
    examine: (bundle, { namespaces }) => namespaces.map((type) => namespaceItem(bundle, type)),
  },
  {
    id: 'container.host-processes',
    claim: containerClaims['container.host-processes'],
    examine: (bundle) => {
      const what = 'signal a process of the host'
      return hasOwn(bundle, 'pid')
        ? [{ what, found: 'a pid namespace of its own' }]
        : [{ what, found: 'no pid namespace of its own', expected: 'one, in which there are no others' }]
    },
  },
  {
    id: 'container.user',
    claim: containerClaims['container.user'],
    examine: (bundle) => [userItem(bundle)],
  },
]
