import { cpus } from 'node:os'
import { sha256, sha256OfFile } from '../../common/digest.ts'
import { decideAccelerator } from '../../machine/accelerator.ts'
import { machineArchitectures } from '../../machine/architectures.ts'
import { defaultCpuOf } from '../../machine/default-cpu.ts'
import { findQemu } from '../../machine/qemu.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { FrozenGuestOptions } from '../frozen-guest.ts'
import { probeProgram } from '../probe-upload.ts'
import { agentVersion } from '../serial/agent-version.ts'

/** To be raised where what is kept, or what a guest goes through before it is frozen, changes. */
const format = 1

/** The contents that a guest is made of; where they lie does not matter. */
const contentsOf = async ({ kernel, initrd, kernelConfig: _, disks, ...rest }: GuestSpec) => ({
  ...rest,
  files: await Promise.all([kernel, initrd, ...disks.map(({ path }) => path)].map(digestOf)),
  formats: disks.map((disk) => disk.format),
})

const digestOf = async (path: string | undefined): Promise<string | null> =>
  path === undefined ? null : await sha256OfFile(path)

/** Names a frozen guest by everything that decides what it is: the image, the machine, QEMU, the probe. */
export const cacheKey = async (
  spec: GuestSpec,
  {
    accelerator: policy,
    until = 'login',
    enterContainers = false,
  }: Pick<FrozenGuestOptions, 'accelerator' | 'until' | 'enterContainers'>,
): Promise<string> => {
  const { architecture } = spec
  const qemu = await findQemu(architecture)
  const { used } = await decideAccelerator(qemu, architecture, policy, { cpu: spec.cpu })
  const cpu = spec.cpu ?? defaultCpuOf(machineArchitectures[architecture], used, qemu.version)
  return sha256(
    JSON.stringify({
      ...{ format, until, enterContainers, cpu, accelerator: used, qemu: qemu.text },
      machine: machineArchitectures[architecture].machine,
      // With KVM, the guest's CPU is made of the host's.
      host: used === 'kvm' ? cpus()[0]?.model : null,
      probe: sha256(await probeProgram(architecture)),
      agent: agentVersion(),
      contents: await contentsOf(spec),
    }),
  ).slice(0, 32)
}
