import type { SpecMount } from '../../../image/oci-spec.ts'
import { containerClaims } from '../../container-claims.ts'
import { runtimeSockets } from '../../container-expectations.ts'
import { type BundleCheck, type Item, notAsked } from '../bundle.ts'
import { hostSource, isBind, isReadOnly, isWithin } from './mount.ts'

/** Places of the host of which a container gets no more than a part, not even to read. */
const systemPlaces = [
  ...['/', '/boot', '/dev', '/etc', '/proc', '/root', '/run', '/sys'],
  ...['/var/lib/containerd', '/var/lib/containers', '/var/lib/docker'],
]

/** Places of the host in which a container writes nothing. */
const systemFiles = [
  ...['/bin', '/boot', '/containers', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/root'],
  ...['/sbin', '/sys', '/usr'],
]

/** What a container gets with a place of the host. */
export const hostPlaceItem = (source: string, destination: string, readOnly: boolean): Item => {
  const what = `${source} at ${destination}`
  const whole = systemPlaces.find((place) => isWithin(place, source))
  if (whole !== undefined)
    return { what, found: `all of ${source}`, expected: 'a part made for the container' }
  const written = systemFiles.find((place) => isWithin(source, place))
  if (written !== undefined && !readOnly) return { what, found: 'writable', expected: 'read-only' }
  return { what, found: readOnly ? 'read-only' : 'a place of its own' }
}

/** Propagation as mount(8) names it, and what it lets happen. */
const leaks: Readonly<Record<string, string>> = {
  shared: 'mounts made on either side appear on the other',
  slave: 'mounts made on the host appear inside',
}

const propagationItem = (what: string, option: string | undefined, allowed: readonly string[]): Item => {
  const kind = option?.replace(/^r(?=shared|slave|private|unbindable)/, '')
  const leak = kind === undefined || allowed.includes(kind) ? undefined : leaks[kind]
  return leak === undefined
    ? { what, found: option || "the runtime's default" }
    : { what, found: `${option}: ${leak}`, expected: 'private' }
}

const propagations = [
  'shared',
  'rshared',
  'slave',
  'rslave',
  'private',
  'rprivate',
  'unbindable',
  'runbindable',
]

/** Flags by destination; those of every other tmpfs last. */
export const flagsOf = ({
  destination,
  type,
}: Pick<SpecMount, 'destination' | 'type'>): readonly string[] | undefined => {
  const all = ['nosuid', 'nodev', 'noexec']
  switch (destination) {
    case '/dev':
      return ['nosuid']
    case '/dev/pts':
      return ['nosuid', 'noexec']
    case '/proc':
    case '/sys':
    case '/sys/fs/cgroup':
    case '/dev/shm':
    case '/dev/mqueue':
    case '/tmp':
      return all
    default:
      return type === 'tmpfs' ? all : undefined
  }
}

const flagItem = (mount: SpecMount): Item[] => {
  const wanted = flagsOf(mount)
  if (wanted === undefined) return []
  const missing = wanted.filter((flag) => !mount.options.includes(flag))
  const what = mount.destination
  return missing.length === 0
    ? [{ what, found: wanted.join(', ') }]
    : [{ what, found: `without ${missing.join(', ')}`, expected: wanted.join(', ') }]
}

/** What a container's file systems are. */
export const mountChecks: readonly BundleCheck[] = [
  {
    id: 'root.containers',
    claim: containerClaims['root.containers'],
    examine: ({ spec }, { readOnlyRoot }) => {
      if (!readOnlyRoot) return notAsked
      return spec.root.readonly
        ? [{ what: 'root', found: 'read-only' }]
        : [{ what: 'root', found: 'writable', expected: 'read-only' }]
    },
  },
  {
    id: 'container.propagation',
    claim: containerClaims['container.propagation'],
    examine: ({ spec }) => [
      // Runtimes make the root a slave before they leave the host's, and nothing of it stays.
      propagationItem('root', spec.linux.rootfsPropagation, ['slave']),
      ...spec.mounts.flatMap(({ destination, options }) => {
        const option = options.findLast((one) => propagations.includes(one))
        return option === undefined ? [] : [propagationItem(destination, option, [])]
      }),
    ],
  },
  {
    id: 'container.host-mounts',
    claim: containerClaims['container.host-mounts'],
    examine: ({ spec }) => {
      const items = spec.mounts.flatMap((mount) => {
        const source = hostSource(mount)
        return source === undefined ? [] : [hostPlaceItem(source, mount.destination, isReadOnly(mount))]
      })
      return items.length > 0 ? items : [{ what: 'binds', found: 'none' }]
    },
  },
  {
    id: 'container.runtime-sockets',
    claim: containerClaims['container.runtime-sockets'],
    examine: ({ spec }) =>
      runtimeSockets.map((socket) => {
        const mount = spec.mounts.find((one) => isWithin(socket, hostSource(one) ?? '/nowhere'))
        return mount === undefined
          ? { what: socket, found: 'not bound' }
          : {
              what: socket,
              found: `in reach: ${mount.source} at ${mount.destination}`,
              expected: 'not bound',
            }
      }),
  },
  {
    id: 'container.mount-flags',
    claim: containerClaims['container.mount-flags'],
    examine: ({ spec }) => {
      const items = spec.mounts.filter((mount) => !isBind(mount)).flatMap(flagItem)
      return items.length > 0 ? items : [{ what: 'mounts', found: 'none' }]
    },
  },
]
