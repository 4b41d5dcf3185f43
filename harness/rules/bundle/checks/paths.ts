import { normalize } from 'node:path/posix'
import { containerClaims } from '../../container-claims.ts'
import { hostSettings, maskedDirectories, maskedFiles } from '../../container-expectations.ts'
import type { Namespace } from '../../policy.ts'
import type { Bundle, BundleCheck, Item } from '../bundle.ts'
import { isBind, isReadOnly, isWithin } from './mount.ts'
import { hasOwn } from './namespaces.ts'

/** The mount that a path of the container is on, of those in the spec; a later one covers an earlier one. */
const mountOf = ({ spec }: Bundle, path: string) =>
  spec.mounts
    .filter(({ destination }) => isWithin(path, destination))
    .reduce<Bundle['spec']['mounts'][number] | undefined>(
      (best, mount) =>
        best === undefined || normalize(mount.destination).length >= normalize(best.destination).length
          ? mount
          : best,
      undefined,
    )

/** Whether the container's kernel files are there at all: /proc and /sys are empty folders unless mounted. */
const isThere = (bundle: Bundle, path: string): boolean => {
  const mount = mountOf(bundle, path)
  return mount !== undefined && (isBind(mount) || ['proc', 'sysfs'].includes(mount.type))
}

const isUnder = (path: string, parents: readonly string[]): boolean =>
  parents.some((parent) => isWithin(path, parent))

const maskedItem = (bundle: Bundle, path: string): Item => {
  if (!isThere(bundle, path)) return { what: path, found: 'not mounted' }
  return isUnder(path, bundle.spec.linux.maskedPaths)
    ? { what: path, found: 'masked' }
    : { what: path, found: 'not in linux.maskedPaths', expected: 'masked' }
}

/** Folders of /proc that reach the hardware and the file systems of the host. */
const settingFolders = ['/proc/bus', '/proc/fs']

const settingItem = (bundle: Bundle, path: string): Item => {
  const what = `open ${path} for writing`
  const { maskedPaths, readonlyPaths } = bundle.spec.linux
  const mount = mountOf(bundle, path)
  if (mount === undefined || !isThere(bundle, path)) return { what, found: 'not mounted' }
  if (isReadOnly(mount)) return { what, found: `${mount.destination} is mounted read-only` }
  if (isUnder(path, maskedPaths)) return { what, found: 'masked' }
  return isUnder(path, readonlyPaths)
    ? { what, found: 'read-only' }
    : { what, found: 'not in linux.readonlyPaths', expected: 'read-only' }
}

/** Sysctls that belong to a namespace (man 7 namespaces; runc, libcontainer/configs/validate). */
const sysctlNamespace = (name: string): Namespace | undefined => {
  if (name.startsWith('net.')) return 'net'
  if (/^kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$/.test(name)) return 'ipc'
  if (name.startsWith('fs.mqueue.')) return 'ipc'
  return /^kernel\.(?:hostname|domainname)$/.test(name) ? 'uts' : undefined
}

const sysctlItem = (bundle: Bundle, key: string): Item => {
  const name = key.replaceAll('/', '.')
  const what = `sysctl ${name}`
  const namespace = sysctlNamespace(name)
  return namespace !== undefined && hasOwn(bundle, namespace)
    ? { what, found: `set in its own ${namespace} namespace` }
    : { what, found: 'set for the whole host', expected: 'a setting of a namespace of its own' }
}

const kernelMountItems = ({ spec }: Bundle): readonly Item[] =>
  spec.mounts.flatMap((mount): Item[] => {
    const isCgroup = ['cgroup', 'cgroup2'].includes(mount.type)
    const reaches = isBind(mount) && isWithin(normalize(mount.source || '/'), '/sys')
    if (!isCgroup && mount.type !== 'sysfs' && !reaches) return []
    const what = mount.destination
    return isReadOnly(mount)
      ? [{ what, found: 'read-only' }]
      : [{ what, found: `${mount.type || 'bind'} mounted writable`, expected: 'read-only' }]
  })

/** What a container sees and writes of the kernel's own file systems. */
export const pathChecks: readonly BundleCheck[] = [
  {
    id: 'container.masked-paths',
    claim: containerClaims['container.masked-paths'],
    examine: (bundle) => [...maskedFiles, ...maskedDirectories].map((path) => maskedItem(bundle, path)),
  },
  {
    id: 'container.host-settings',
    claim: containerClaims['container.host-settings'],
    examine: (bundle) => [
      ...[...hostSettings, ...settingFolders].map((path) => settingItem(bundle, path)),
      ...Object.keys(bundle.spec.linux.sysctl).map((name) => sysctlItem(bundle, name)),
    ],
  },
  {
    id: 'container.cgroup-files',
    claim: containerClaims['container.cgroup-files'],
    examine: (bundle) => {
      const items = kernelMountItems(bundle)
      return items.length > 0 ? items : [{ what: '/sys', found: 'not mounted' }]
    },
  },
]
