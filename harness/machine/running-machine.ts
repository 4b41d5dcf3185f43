import type { Duplex } from 'node:stream'
import type { Architecture } from '../common/architecture.ts'
import { neutralise } from '../common/text.ts'
import type { AcceleratorDecision } from './accelerator.ts'
import type {
  CreatedMachine,
  MachineExit,
  MachineExitReason,
  MachineOrigin,
  StartedMachine,
} from './machine-states.ts'
import type { Making } from './making.ts'
import { PacketCounter } from './packets/sent-packets.ts'
import type { QemuUser } from './process/confinement.ts'
import type { GuestFiles } from './process/guest-files.ts'
import type { MachineStream } from './process/machine-streams.ts'
import type { ProcessExit, QemuProcess } from './process/qemu-process.ts'
import type { RunDirectory } from './process/run-directory.ts'
import type { Qemu } from './qemu.ts'
import type { QmpClient } from './qmp.ts'

export interface MachineParts {
  readonly making: Making
  readonly origin: MachineOrigin
  readonly user: QemuUser
  readonly directory: RunDirectory
  readonly files: GuestFiles
  readonly commandLine: readonly string[]
  readonly streams: Readonly<Record<Exclude<MachineStream, 'qmp'> | 'console', Duplex>>
  readonly qmp: QmpClient
  readonly sshPort: number | undefined
  readonly memoryFile: string
  readonly gdbSocket: string
  readonly process: QemuProcess
  /** What is to be given back once QEMU has ended. */
  readonly resources: AsyncDisposableStack
  /** The part of them that can be moved away before, to outlive the machine: directory and files. */
  readonly belongings: AsyncDisposableStack
  readonly signal: AbortSignal | undefined
}

const quitDeadlineMs = 3000

/** A machine from its creation to its end. */
export class RunningMachine implements CreatedMachine, StartedMachine {
  /** What it was made with; for who freezes it. */
  readonly parts: MachineParts
  readonly packets: PacketCounter
  readonly exited: Promise<MachineExit>
  readonly #process: QemuProcess
  #startedAt = Number.NaN
  #aborted = false
  #stopping: Promise<MachineExit> | undefined

  constructor(parts: MachineParts) {
    this.parts = parts
    this.#process = parts.process
    this.packets = new PacketCounter(parts.streams.packets)
    this.exited = this.#watchExit()
    this.killOn(parts.signal)
  }

  get architecture(): Architecture {
    return this.parts.making.spec.architecture
  }

  get origin(): MachineOrigin {
    return this.parts.origin
  }

  get qemu(): Qemu {
    return this.parts.making.qemu
  }

  get accelerator(): AcceleratorDecision {
    return this.parts.making.accelerator
  }

  get cpu(): string {
    return this.parts.making.cpu
  }

  get firmware(): string | undefined {
    return this.parts.making.firmware
  }

  get commandLine(): readonly string[] {
    return this.parts.commandLine
  }

  get pid(): number {
    return this.#process.pid
  }

  get console(): Duplex {
    return this.parts.streams.console
  }

  get port(): Duplex {
    return this.parts.streams.port
  }

  get probePort(): Duplex {
    return this.parts.streams.probePort
  }

  get qmp(): QmpClient {
    return this.parts.qmp
  }

  get sshPort(): number | undefined {
    return this.parts.sshPort
  }

  get memoryFile(): string {
    return this.parts.memoryFile
  }

  get gdbSocket(): string {
    return this.parts.gdbSocket
  }

  get startedAt(): number {
    return this.#startedAt
  }

  async run(): Promise<StartedMachine> {
    this.#startedAt = performance.now()
    await this.qmp.execute('cont')
    return this
  }

  stop(): Promise<MachineExit> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(): Promise<MachineExit> {
    const killer = setTimeout(() => this.#process.kill(), quitDeadlineMs)
    // Refused only where QEMU is about to end or hangs, and then the killer has the last word.
    this.qmp.execute('quit').catch(() => {})
    const exit = await this.exited
    clearTimeout(killer)
    await this.parts.resources.disposeAsync()
    return exit
  }

  async #watchExit(): Promise<MachineExit> {
    // The events that tell why may be read after the exit was noticed.
    const [exit] = await Promise.all([this.#process.exited, this.qmp.closed])
    return {
      reason: this.#exitReason(exit),
      code: exit.code,
      signal: exit.signal,
      stderrTail: neutralise(exit.stderr),
    }
  }

  #exitReason({ code, signal }: ProcessExit): MachineExitReason {
    const shutdown = this.qmp.last('SHUTDOWN')?.data
    if (shutdown?.guest === true) {
      if (this.qmp.last('GUEST_PANICKED') !== undefined) return 'panic'
      return shutdown.reason === 'guest-reset' ? 'reset' : 'shutdown'
    }
    if (this.#stopping !== undefined || this.#aborted) return 'stopped'
    if (signal === 'SIGKILL' || shutdown?.reason === 'host-signal') return 'killed'
    return signal === null && code === 0 ? 'stopped' : 'failed'
  }

  /** Kills QEMU when `signal` aborts, or already has; until it is disposed of, or QEMU has ended. */
  killOn(signal: AbortSignal | undefined): Disposable {
    const kill = () => {
      this.#aborted = true
      this.#process.kill()
    }
    const forget = () => signal?.removeEventListener('abort', kill)
    signal?.addEventListener('abort', kill, { once: true })
    if (signal?.aborted === true) kill()
    void this.exited.then(forget)
    return { [Symbol.dispose]: forget }
  }
}
