import { join } from 'node:path'
import { type ArgvOptions, guestArgv, readOnlyMemorySince } from './argv.ts'
import type { MachineOrigin } from './machine-states.ts'
import type { Making } from './making.ts'
import { confine, isRoot, type QemuUser } from './process/confinement.ts'
import type { ConsolePipe } from './process/console-pipe.ts'
import { parseForwardedPort } from './process/forwarded-port.ts'
import type { GuestFiles } from './process/guest-files.ts'
import { kvmAccess } from './process/kvm-access.ts'
import { firstFileDescriptor, type MachineStream, machineStreams } from './process/machine-streams.ts'
import { type QemuProcess, spawnQemu } from './process/qemu-process.ts'
import type { RunDirectory } from './process/run-directory.ts'
import { startFailure } from './process/start-failure.ts'
import { isOlder, type Qemu } from './qemu.ts'
import { QmpClient } from './qmp.ts'
import { RunningMachine } from './running-machine.ts'

/** Memory that others froze: mapped copy-on-write from an open file of ours. */
export interface FrozenMemory {
  readonly path: string
  readonly descriptor: number
}

/** All that one QEMU is started with. */
export interface StartOptions {
  readonly making: Making
  readonly user: QemuUser
  readonly directory: RunDirectory
  /** In the directory. */
  readonly consolePipe: ConsolePipe
  readonly files: GuestFiles
  /** Absent: memory of its own, in the run directory. */
  readonly frozenMemory?: FrozenMemory
  readonly signal: AbortSignal | undefined
  /** What is to be given back once QEMU has ended; taken over where this succeeds. */
  readonly resources: AsyncDisposableStack
  /** A part of them: the directory and the files, which outlive a machine that is frozen. */
  readonly belongings: AsyncDisposableStack
}

/** Whether a fork's QEMU cannot write to the memory that it shares with others, even where its guest broke into it. */
const readsOnly = ({ version }: Qemu): boolean => !isOlder(version, readOnlyMemorySince)

/** Mode of a file with the memory that forks share; their group is the file's. */
export const frozenMode = (qemu: Qemu): number => (readsOnly(qemu) ? 0o640 : 0o660)

/** QEMU's arguments. But for memory and socket they are the same for a machine and its forks. */
export const argvOf = (
  { spec, accelerator, cpu, forwardSsh }: Making,
  files: GuestFiles,
  own: Pick<ArgvOptions, 'memory' | 'gdbSocket' | 'consolePipe'>,
): string[] => {
  const { architecture, cpus, memoryMiB, cmdline, deviceTreeSeed, firmware } = spec
  return guestArgv({
    ...{
      architecture,
      accelerator: accelerator.used,
      cpu,
      cpus,
      memoryMiB,
      cmdline,
      forwardSsh,
      deviceTreeSeed,
      firmware,
    },
    ...files.argv,
    ...own,
  })
}

/** Starts QEMU, unprivileged, with its CPUs stopped, and connects to it. Throws `QEMU_FAILED` with QEMU's words. */
export const startMachine = async (options: StartOptions): Promise<RunningMachine> => {
  const { making, user, directory, consolePipe, files, frozenMemory, signal, resources } = options
  const { qemu, accelerator, forwardSsh } = making
  const gdbSocket = join(directory.path, 'gdb.sock')
  const descriptors = [...files.descriptors, ...(frozenMemory === undefined ? [] : [frozenMemory.descriptor])]
  const memoryFile = frozenMemory?.path ?? directory.memoryFile
  const memory =
    frozenMemory === undefined
      ? { file: memoryFile, shared: true, readOnly: false }
      : {
          file: `/dev/fd/${firstFileDescriptor + descriptors.length - 1}`,
          shared: false,
          readOnly: readsOnly(qemu),
        }
  const args = argvOf(making, files, { memory, gdbSocket, consolePipe: consolePipe.path })
  signal?.throwIfAborted()
  const access = accelerator.used === 'kvm' ? await kvmAccess(isRoot()) : undefined
  const command = await confine({ file: qemu.path, args }, user, access)
  await using held = new AsyncDisposableStack()
  const qemuProcess = await spawnQemu(command, { streams: machineStreams, descriptors })
  held.defer(async () => {
    qemuProcess.kill()
    await qemuProcess.exited
  })
  const { qmp, sshPort } = await connect(qemuProcess, qemu, forwardSsh)
  const console = await consolePipe.connect()
  held.move()
  resources.defer(console.close)
  const origin: MachineOrigin = frozenMemory === undefined ? 'power-on' : 'fork'
  return new RunningMachine({
    ...{ making, origin, user, directory, files, qmp, sshPort, memoryFile, gdbSocket, signal },
    streams: { ...qemuProcess.streams, console: console.stream },
    belongings: options.belongings,
    commandLine: [qemu.path, ...args],
    process: qemuProcess,
    resources: resources.move(),
  })
}

const connect = async (qemu: QemuProcess<MachineStream>, { path }: Qemu, forwardSsh: boolean) => {
  try {
    const qmp = await QmpClient.connect(qemu.streams.qmp)
    const sshPort = forwardSsh ? parseForwardedPort(await qmp.human('info usernet')) : undefined
    return { qmp, sshPort }
  } catch (cause) {
    throw await startFailure(qemu, path, cause)
  }
}
