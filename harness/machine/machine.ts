import { join } from 'node:path'
import { silent } from '../common/progress.ts'
import { decideAccelerator } from './accelerator.ts'
import { machineArchitectures } from './architectures.ts'
import { guestArgv } from './argv.ts'
import { defaultCpuOf } from './default-cpu.ts'
import type { CreatedMachine, MachineOptions } from './machine-states.ts'
import { reserveMemory } from './memory-budget.ts'
import { confine, isRoot, qemuUser } from './process/confinement.ts'
import { parseForwardedPort } from './process/forwarded-port.ts'
import { openGuestFiles } from './process/guest-files.ts'
import { kvmAccess } from './process/kvm-access.ts'
import { firstFileDescriptor, machineStreams } from './process/machine-streams.ts'
import { type QemuProcess, spawnQemu } from './process/qemu-process.ts'
import { createRunDirectory, runDirectoryBase } from './process/run-directory.ts'
import { startFailure } from './process/start-failure.ts'
import { findQemu, type Qemu } from './qemu.ts'
import { QmpClient } from './qmp.ts'
import { RunningMachine } from './running-machine.ts'

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
 * Throws `QEMU_MISSING`, `QEMU_TOO_OLD`, `KVM_REQUIRED`, `MEMORY_...`, `FILE_UNUSABLE`, or `QEMU_FAILED` with QEMU's words.
 */
export const createMachine = async (options: MachineOptions): Promise<CreatedMachine> => {
  const { spec, signal, progress = silent } = options
  const { architecture, memoryMiB } = spec
  const say = (detail: string) => progress({ architecture, step: 'prepare', detail })
  signal?.throwIfAborted()

  say('choose the accelerator')
  const qemu = await findQemu(architecture)
  const accelerator = await decideAccelerator(qemu, architecture, options.accelerator, { cpu: spec.cpu })
  const cpu = spec.cpu ?? defaultCpuOf(machineArchitectures[architecture], accelerator.used, qemu.version)

  await using held = new AsyncDisposableStack()
  const memory = held.use(await reserveMemory({ mebibytes: memoryMiB, signal, onWait: say }))
  say('start QEMU')
  const user = qemuUser()
  const directory = held.use(createRunDirectory(await runDirectoryBase(memoryMiB * mebibyte), user))
  const { memoryFile } = directory
  if (directory.inMemory) await memory.backedBy(memoryFile)

  await using files = await openGuestFiles(options, {
    user,
    directory: directory.path,
    first: firstFileDescriptor,
  })
  const gdbSocket = join(directory.path, 'gdb.sock')
  const args = guestArgv({
    ...{ architecture, accelerator: accelerator.used, cpu, cpus: spec.cpus, memoryMiB },
    ...{ cmdline: spec.cmdline, forwardSsh: options.forwardSsh, memoryFile, gdbSocket },
    ...files.argv,
  })
  signal?.throwIfAborted()
  const access = accelerator.used === 'kvm' ? await kvmAccess(isRoot()) : undefined
  const command = await confine({ file: qemu.path, args }, user, access)
  const { descriptors } = files
  const qemuProcess = await spawnQemu(command, { streams: machineStreams, descriptors })
  held.defer(async () => {
    qemuProcess.kill()
    await qemuProcess.exited
  })
  const { console, port, probePort } = qemuProcess.streams
  const { qmp, sshPort } = await connect(qemuProcess, qemu, options.forwardSsh)
  return new RunningMachine({
    ...{ architecture, qemu, accelerator, cpu, console, port, qmp, sshPort, memoryFile, gdbSocket, signal },
    ...{ origin: 'power-on', probePort },
    commandLine: [qemu.path, ...args],
    process: qemuProcess,
    resources: held.move(),
  })
}

const connect = async (qemu: QemuProcess<'qmp'>, { path }: Qemu, forwardSsh: boolean) => {
  try {
    const qmp = await QmpClient.connect(qemu.streams.qmp)
    const sshPort = forwardSsh ? parseForwardedPort(await qmp.human('info usernet')) : undefined
    return { qmp, sshPort }
  } catch (cause) {
    throw await startFailure(qemu, path, cause)
  }
}
