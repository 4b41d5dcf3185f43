import { messageOf } from '../../common/errors.ts'
import type { Image } from '../../image/image.ts'
import { atRestEntries } from '../at-rest-files.ts'
import { rootOf } from '../elf-inventory.ts'
import { type Collected, inOrder } from './collected.ts'

/** What must be another one on each machine, hence cannot be in an image that many are started from. */
const identities: readonly {
  readonly what: string
  readonly path: RegExp
  /** Content that gives no identity; an empty machine-id is how systemd asks for one at each start (machine-id(5)). */
  readonly blank?: RegExp
}[] = [
  {
    what: 'machine-id',
    path: /^\/(etc|run|var\/lib\/dbus)\/machine-id$/,
    blank: /^(uninitialized)?\s*$/,
  },
  { what: 'host id', path: /^\/etc\/hostid$/ },
  { what: 'host key of sshd', path: /^\/etc\/ssh\/ssh_host_\w+_key(\.pub)?$/ },
  { what: 'host key of dropbear', path: /^\/etc\/dropbear\/dropbear_\w+_host_key$/ },
  {
    what: 'seed of the random number generator',
    path: /^\/var\/lib\/(systemd\/random-seed|urandom\/.*seed.*|seedrng\/.*)$/,
  },
  { what: 'identity of an iSCSI initiator', path: /^\/etc\/iscsi\/initiatorname\.iscsi$/ },
  { what: 'name of an NVMe host', path: /^\/etc\/nvme\/host(id|nqn)$/ },
]

/** Identities that are baked into the image. */
export const identityAtRest = async (image: Image): Promise<Collected> => {
  const found: [string, string][] = []
  const unread = image.unread.map(({ name, reason }) => ({ subject: name, reason }))
  let looked = 0
  for (const { subject, entry } of atRestEntries(image)) {
    looked += 1
    if (entry.type !== 'file') continue
    const path = entry.path.slice(rootOf(entry.path).length)
    const identity = identities.find((candidate) => candidate.path.test(path))
    if (identity === undefined) continue
    try {
      if (identity.blank?.test((await entry.read()).toString('latin1')) === true) continue
      found.push([subject, identity.what])
    } catch (error) {
      unread.push({ subject, reason: messageOf(error) })
    }
  }
  return { entries: inOrder(found), source: `the ${looked} names of the image`, looked, unread }
}
