import { silent } from '../common/progress.ts'
import { decideAccelerator } from './accelerator.ts'
import { machineArchitectures } from './architectures.ts'
import { defaultCpuOf } from './default-cpu.ts'
import { findFirmware } from './firmware/find-firmware.ts'
import type { CreatedMachine, MachineOptions } from './machine-states.ts'
import { reserveMemory } from './memory-budget.ts'
import { qemuUser } from './process/confinement.ts'
import { makeConsolePipe } from './process/console-pipe.ts'
import { openGuestFiles } from './process/guest-files.ts'
import { createRunDirectory, runDirectoryBase } from './process/run-directory.ts'
import { findQemu } from './qemu.ts'
import { startMachine } from './start-machine.ts'

export type {
  CreatedMachine,
  Machine,
  MachineDisk,
  MachineExit,
  MachineExitReason,
  MachineOptions,
  MachineOrigin,
  StartedMachine,
} from './machine-states.ts'

const mebibyte = 1024 * 1024

/**
 * Starts QEMU, unprivileged and with its CPUs stopped. Waits until the host has the memory.
 * Throws `QEMU_MISSING`, `QEMU_TOO_OLD`, `KVM_REQUIRED`, `FIRMWARE_MISSING`, `MEMORY_...`, `FILE_UNUSABLE`, or `QEMU_FAILED` with QEMU's words.
 */
export const createMachine = async (options: MachineOptions): Promise<CreatedMachine> => {
  const { spec, signal, progress = silent } = options
  const { architecture, memoryMiB } = spec
  const say = (detail: string) => progress({ architecture, step: 'prepare', detail })
  signal?.throwIfAborted()

  say('choose the accelerator')
  const undecided = new AbortController()
  // QEMU is asked for its version while the host is asked for memory; where it fails, nobody waits for memory any more.
  const deciding = decide(options).catch((error: unknown) => {
    undecided.abort(error)
    throw error
  })
  deciding.catch(() => {})
  await using held = new AsyncDisposableStack()
  // QEMU holds flash in memory of its own.
  const flashBytes =
    spec.firmware === 'uefi' ? 2 * (machineArchitectures[architecture].firmware.flashBytes ?? 0) : 0
  const memory = held.use(
    await reserveMemory({
      mebibytes: memoryMiB + flashBytes / mebibyte,
      signal: signal === undefined ? undecided.signal : AbortSignal.any([signal, undecided.signal]),
      onWait: say,
    }),
  )
  const { qemu, accelerator, firmware, cpu } = await deciding
  say('start QEMU')
  const user = qemuUser()
  const belongings = held.use(new AsyncDisposableStack())
  const directory = belongings.use(createRunDirectory(await runDirectoryBase(memoryMiB * mebibyte), user))
  if (directory.inMemory) await memory.backedBy(directory.memoryFile)
  const consolePipe = await makeConsolePipe(directory.path)
  const files = belongings.use(await openGuestFiles(options, { user, directory: directory.path, firmware }))
  const making = {
    ...{ spec, qemu, accelerator, cpu, forwardSsh: options.forwardSsh },
    firmware: firmware && `${firmware.description} (${firmware.descriptor})`,
  }
  return await startMachine({
    ...{ making, user, directory, consolePipe, files, signal, belongings },
    resources: held,
  })
}

/** What there is on this host to run the guest with. */
const decide = async ({ spec, accelerator: policy }: MachineOptions) => {
  const { architecture } = spec
  const qemu = await findQemu(architecture)
  const accelerator = await decideAccelerator(qemu, architecture, policy, { cpu: spec.cpu })
  const firmware = spec.firmware === 'uefi' ? await findFirmware(qemu) : undefined
  const cpu = spec.cpu ?? defaultCpuOf(machineArchitectures[architecture], accelerator.used, qemu.version)
  return { qemu, accelerator, firmware, cpu }
}
