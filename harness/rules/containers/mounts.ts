import { isWritable, type Mount, visibleMounts } from '../../facts/mounts.ts'
import type { Item } from '../bundle/bundle.ts'
import { notAsked } from '../bundle/bundle.ts'
import { flagsOf, hostPlaceItem } from '../bundle/checks/mounts.ts'
import { kernelFileSystems } from '../kernel-file-systems.ts'
import { item, type LiveProperty } from './live.ts'

const isMountReadOnly = (mount: Mount): boolean => !isWritable(mount)

/** Evidence that something was looked at, where there is nothing to say of any one mount. */
const orCounted = (items: readonly Item[], mounts: readonly Mount[], found: string): readonly Item[] =>
  items.length > 0 ? items : [{ what: 'mounts', found: `${mounts.length}, ${found}` }]

const rootReadOnly: LiveProperty = {
  id: 'container.root-mount',
  plural: 'roots',
  examine: ({ mounts }, { container }) => {
    if (!container.expectation.readOnlyRoot) return notAsked
    const root = mounts && visibleMounts(mounts).find(({ mountPoint }) => mountPoint === '/')
    if (root === undefined) return undefined
    const state = (options: ReadonlySet<string>) => (options.has('ro') ? 'read-only' : 'writable')
    return [
      item('mount of the root', state(root.options), root.options.has('ro'), 'read-only'),
      { what: 'super block of the root', found: `${root.fileSystem}, ${state(root.superOptions)}` },
    ]
  },
}

const flags: LiveProperty = {
  id: 'container.mount-flags',
  plural: 'mounts',
  examine: ({ mounts }) => {
    if (mounts === undefined) return undefined
    // Masks are read-only and empty, and a part of a file system stands for a file or folder that was bound.
    const whole = visibleMounts(mounts).filter(
      (mount) => mount.root === '/' && !(mount.fileSystem === 'tmpfs' && isMountReadOnly(mount)),
    )
    const items = whole.flatMap((mount) => {
      const wanted = flagsOf({ destination: mount.mountPoint, type: mount.fileSystem })
      if (wanted === undefined || mount.mountPoint === '/') return []
      const missing = wanted.filter((flag) => !mount.options.has(flag))
      const found = missing.length === 0 ? wanted.join(', ') : `without ${missing.join(', ')}`
      return [item(mount.mountPoint, found, missing.length === 0, wanted.join(', '))]
    })
    return orCounted(items, whole, 'none with flags to ask for')
  },
}

const propagation: LiveProperty = {
  id: 'container.propagation',
  plural: 'mounts',
  examine: ({ mounts }) => {
    if (mounts === undefined) return undefined
    const leaky = mounts.flatMap(({ mountPoint, propagation: tags }) => {
      const found = tags.filter((tag) => /^(?:shared|master|propagate_from):/.test(tag))
      return found.length === 0 ? [] : [item(mountPoint, found.join(' '), false, 'private')]
    })
    return orCounted(leaky, mounts, 'all private')
  },
}

/** The path of the host that a mount shows, where the host has that file system mounted, too. */
const hostPath = ({ device, root }: Mount, host: readonly Mount[]): string | undefined => {
  const same = host.find(
    (mount) => mount.device === device && `${root}/`.startsWith(`${mount.root}/`.replace('//', '/')),
  )
  if (same === undefined) return undefined
  const below = root.slice(same.root === '/' ? 0 : same.root.length)
  return `${same.mountPoint}/${below}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
}

const hostMounts: LiveProperty = {
  id: 'container.host-mounts',
  plural: 'mounts of the host',
  examine: ({ mounts }, surroundings) => {
    if (mounts === undefined) return undefined
    // The kernel's own file systems have one content whoever mounts them: namespaces and other checks judge these.
    const real = visibleMounts(mounts).filter(({ fileSystem }) => !kernelFileSystems.has(fileSystem))
    const items = real.flatMap((mount) => {
      const source = hostPath(mount, surroundings.hostMounts)
      if (source === undefined) return []
      // The root of the container is a folder of the host, writable or not: other checks judge that.
      if (mount.mountPoint === '/' && source !== '/') return []
      return [hostPlaceItem(source, mount.mountPoint, isMountReadOnly(mount))]
    })
    return orCounted(items, real, 'none of the host')
  },
}

const cgroupFiles: LiveProperty = {
  id: 'container.cgroup-files',
  plural: 'mounts of kernel files',
  examine: ({ mounts }) => {
    if (mounts === undefined) return undefined
    const kernel = visibleMounts(mounts).filter(({ fileSystem }) => /^(?:cgroup2?|sysfs)$/.test(fileSystem))
    const items = kernel.map((mount) =>
      item(
        mount.mountPoint,
        isMountReadOnly(mount) ? 'read-only' : 'writable',
        isMountReadOnly(mount),
        'read-only',
      ),
    )
    return orCounted(items, mounts, 'no cgroup and no sysfs')
  },
}

/** What a container's mount namespace shows. */
export const mountProperties: readonly LiveProperty[] = [
  rootReadOnly,
  flags,
  propagation,
  hostMounts,
  cgroupFiles,
]
