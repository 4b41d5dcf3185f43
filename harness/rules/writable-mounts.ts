import { hostMounts } from '../facts/host-mounts.ts'
import { isWritable, type Mount } from '../facts/mounts.ts'
import type { Probe } from '../guest/probe.ts'
import { CannotJudge } from './cannot-judge.ts'
import { kernelFileSystems } from './kernel-file-systems.ts'
import { matchesPattern } from './pattern.ts'
import type { Policy, WritableMount } from './policy.ts'

/** The mounts of the host that something can be stored on. */
export const storageMounts = async (probe: Probe): Promise<readonly Mount[]> =>
  (await hostMounts(probe)).filter((mount) => isWritable(mount) && !kernelFileSystems.has(mount.fileSystem))

/** What the policy says of a writable mount; undefined where it declares none like it. */
export const declaredMount = (policy: Policy, mount: Mount): WritableMount | undefined =>
  policy.mounts.writable.find(
    ({ path, fileSystem }) => fileSystem === mount.fileSystem && matchesPattern(path, mount.mountPoint),
  )

/** A directory of the host that may be written: where the controls of attempts are run. */
export const scratchDirectory = async (probe: Probe, policy: Policy): Promise<string> => {
  const mounts = await storageMounts(probe)
  const scratch =
    mounts.find((mount) => mount.fileSystem === 'tmpfs' && declaredMount(policy, mount) !== undefined) ??
    mounts.find(({ fileSystem }) => fileSystem === 'tmpfs')
  if (scratch === undefined) {
    throw new CannotJudge('the host has no writable tmpfs in which the controls could be run')
  }
  return scratch.mountPoint
}
