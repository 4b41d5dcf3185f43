import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

/**
 * How QEMU's user can open /dev/kvm: `direct` as it is, `group` with that group added, `node` only through a device
 * node of its own (the device belongs to root alone, as on hosts without udev), or not at all.
 */
export type KvmAccess =
  | { readonly way: 'direct' | 'node' }
  | { readonly way: 'group'; readonly group: number }
  | { readonly way: 'none'; readonly reason: string }

export const kvmDevice = '/dev/kvm'

/** `asRoot`: whether we are root, so that QEMU runs as another user. */
export const kvmAccess = async (asRoot: boolean, device = kvmDevice): Promise<KvmAccess> => {
  const found = await stat(device).catch(() => undefined)
  if (found === undefined) return { way: 'none', reason: `${device} does not exist` }
  if (!asRoot) {
    const allowed = await access(device, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    )
    const reason = `${device} may not be opened by this user (add it to the group kvm)`
    return allowed ? { way: 'direct' } : { way: 'none', reason }
  }
  if ((found.mode & 0o006) === 0o006) return { way: 'direct' }
  if ((found.mode & 0o060) === 0o060 && found.gid !== 0) return { way: 'group', group: found.gid }
  return { way: 'node' }
}
