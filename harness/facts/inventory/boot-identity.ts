import { sha256 } from '../../common/digest.ts'
import type { BootFact } from '../../guest/boot-sample.ts'
import type { Guest } from '../../guest/guest.ts'

/** Something that tells one boot, or one machine, from another. */
export interface Identity {
  readonly vantage: 'inside' | 'outside'
  readonly source: string
  /** Of a key, its hash. */
  readonly value: string
}

const bootId = '/proc/sys/kernel/random/boot_id'

/** Where an image keeps them, on the host and in containers; `*` as in a shell. */
const machineIds = ['/etc/machine-id', '/run/machine-id', '/var/lib/dbus/machine-id', '/etc/hostid']
const hostKeys = [
  '/etc/ssh/ssh_host_*_key',
  '/run/*/ssh_host_*_key',
  '/run/*/host-key*',
  '/run/*/*_host_key',
  '/etc/dropbear/*_host_key',
  '/var/lib/*/ssh_host_*_key',
]

const identitiesOf = async (guest: Guest): Promise<ReadonlyMap<string, Identity>> => {
  const { host, ...probe } = await guest.probe()
  const found = new Map<string, Identity>()
  const add = (name: string, value: string): void => {
    found.set(name, { vantage: 'inside', source: name, value })
  }
  add(bootId, (await host.read(bootId)).toString('latin1').trim())
  const roots = ['', ...(await probe.containers()).map(({ pid }) => `/proc/${pid}/root`)]
  for (const root of roots) {
    const paths: string[] = []
    for (const pattern of [...machineIds, ...hostKeys]) paths.push(...(await host.glob(root + pattern)))
    for (const [path, content] of await host.readMany(paths)) {
      if (!(content instanceof Buffer) || content.length === 0) continue
      const isKey = !machineIds.includes(path.slice(root.length))
      const name = root === '' ? path : `${path.slice(root.length)} in a container`
      add(name, isKey ? `SHA-256 ${sha256(content)}` : content.toString('latin1').trim())
    }
  }
  const hostKey = guest.ssh?.hostKey
  if (hostKey !== undefined) {
    found.set('host key of sshd', { vantage: 'outside', source: 'the ssh handshake', value: hostKey })
  }
  return found
}

/** Vantages inside and outside: the identities of a guest, by a name for each. */
export const bootIdentity: BootFact<ReadonlyMap<string, Identity>> = {
  what: 'the identity of the machine',
  from: 'login',
  read: identitiesOf,
}
