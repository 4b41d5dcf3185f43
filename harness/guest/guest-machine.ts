import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProgressListener } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import { type CreatedMachine, createMachine, type MachineDisk } from '../machine/machine.ts'
import { createRunDirectory } from '../machine/process/run-directory.ts'
import type { GuestSpec } from '../target/target.ts'
import { writeMetadataDisk } from './metadata-disk.ts'

export interface GuestMachineOptions {
  readonly accelerator: AcceleratorPolicy
  /** Public keys that the image is given on its metadata disk, where it takes one. */
  readonly authorizedKeys: readonly string[]
  readonly progress?: ProgressListener | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Creates the machine of a guest, with its metadata disk. QEMU holds the disk open from then on, so that its file is gone
 * before the guest runs.
 */
export const createGuestMachine = async (
  spec: GuestSpec,
  { accelerator, authorizedKeys, progress, signal }: GuestMachineOptions,
): Promise<CreatedMachine> => {
  await using directory = createRunDirectory(tmpdir(), undefined)
  const disks: MachineDisk[] = []
  if (spec.metadata === 'iso') {
    const path = join(directory.path, 'metadata.iso')
    await writeMetadataDisk(path, { authorizedKeys })
    disks.push({ path, readOnly: true, format: 'raw' })
  }
  const forwardSsh = spec.login.ssh !== undefined && authorizedKeys.length > 0
  return await createMachine({ spec, disks, accelerator, forwardSsh, signal, progress })
}
