import type { Duplex } from 'node:stream'
import type { Architecture } from '../common/architecture.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { GuestSpec } from '../target/target.ts'
import type { AcceleratorDecision, AcceleratorPolicy } from './accelerator.ts'
import type { PacketCounter } from './packets/sent-packets.ts'
import type { Qemu } from './qemu.ts'
import type { QmpClient } from './qmp.ts'

export interface MachineDisk {
  /** Absolute path. It is never written to, and may be gone once the machine is there: a guest's writes go into an overlay. */
  readonly path: string
  readonly readOnly: boolean
  readonly format: 'raw' | 'qcow2'
}

export interface MachineOptions {
  readonly spec: GuestSpec
  readonly accelerator: AcceleratorPolicy
  /** virtio disks beside the image's own, behind which the guest names them (vda, vdb...). */
  readonly disks: readonly MachineDisk[]
  /** Whether a free port of 127.0.0.1 leads to the guest's port 22. */
  readonly forwardSsh: boolean
  readonly progress?: ProgressListener | undefined
  /** Gives up while it is being created, and kills the guest later on. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Why a machine ended. `stopped`: by us. `shutdown`: the guest switched itself off. `reset`: the guest rebooted, which ends
 * it. `panic`: it ended after its kernel had told QEMU of a panic. `killed`: a signal from elsewhere. `failed`: QEMU failed.
 */
export type MachineExitReason = 'stopped' | 'shutdown' | 'reset' | 'panic' | 'killed' | 'failed'

export interface MachineExit {
  readonly reason: MachineExitReason
  /** QEMU's exit code, or null where a signal ended it. */
  readonly code: number | null
  /** For example `SIGKILL`; null where QEMU exited. */
  readonly signal: NodeJS.Signals | null
  /** The end of what QEMU wrote on standard error: not the guest's words, but they may contain some. */
  readonly stderrTail: string
}

export type MachineOrigin = 'power-on' | 'fork'

/** What can be said of a machine from its creation on. */
export interface Machine extends AsyncDisposable {
  readonly architecture: Architecture
  /** Whether the guest in it was switched on, or goes on where a frozen one stood. */
  readonly origin: MachineOrigin
  readonly qemu: Qemu
  readonly accelerator: AcceleratorDecision
  /** QEMU's CPU model with its properties. */
  readonly cpu: string
  /** The firmware in words: `UEFI firmware (PATH of its descriptor)`; undefined where there is none but QEMU's own. */
  readonly firmware?: string | undefined
  /** QEMU's binary and arguments, without the confinement around it. */
  readonly commandLine: readonly string[]
  /** QEMU's process. */
  readonly pid: number
  /** Serial line 0 (ttyS0, ttyAMA0), both directions. Someone must read it: a full buffer stops the guest's writes. */
  readonly console: Duplex
  /** The virtio console hvc0, both directions. The same holds. */
  readonly port: Duplex
  /**
   * The virtio port named `drydock.probe`, both directions; nothing comes from it until someone in the guest opens it.
   */
  readonly probePort: Duplex
  readonly qmp: QmpClient
  /** What the guest has sent over its network, counted outside; of a fork, since it was forked. */
  readonly packets: PacketCounter
  /** On 127.0.0.1; undefined where it was not asked for. */
  readonly sshPort: number | undefined
  /**
   * The guest's memory as a file that is the memory: guest-physical order, holes left out. Of a fork: the file as it was
   * frozen, which may have been moved or removed since.
   */
  readonly memoryFile: string
  /** Unix socket of QEMU's gdb stub, for one client at a time. */
  readonly gdbSocket: string
  /** Resolves when QEMU has ended, for whatever reason; never rejects. */
  readonly exited: Promise<MachineExit>
  /** Quits QEMU, kills it where it does not, and removes its files. Disposing does the same. */
  stop(): Promise<MachineExit>
}

/** A machine whose CPUs have not run yet. Console, port and QMP are connected. */
export interface CreatedMachine extends Machine {
  /** Lets the CPUs run. The same machine is returned as started; disposing of either ends it. */
  run(): Promise<StartedMachine>
}

/** A machine whose CPUs run. */
export interface StartedMachine extends Machine {
  /** `performance.now()` of the moment its CPUs were let run. */
  readonly startedAt: number
}
