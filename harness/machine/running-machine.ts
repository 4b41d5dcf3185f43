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
import type { ProcessExit, QemuProcess } from './process/qemu-process.ts'
import type { Qemu } from './qemu.ts'
import type { QmpClient } from './qmp.ts'

export interface MachineParts {
  readonly architecture: Architecture
  readonly origin: MachineOrigin
  readonly qemu: Qemu
  readonly accelerator: AcceleratorDecision
  readonly cpu: string
  readonly commandLine: readonly string[]
  readonly console: Duplex
  readonly port: Duplex
  readonly probePort: Duplex
  readonly qmp: QmpClient
  readonly sshPort: number | undefined
  readonly memoryFile: string
  readonly gdbSocket: string
  readonly process: QemuProcess
  /** What is to be given back once QEMU has ended. */
  readonly resources: AsyncDisposableStack
  readonly signal: AbortSignal | undefined
}

const quitDeadlineMs = 3000

/** A machine from its creation to its end. */
export class RunningMachine implements CreatedMachine, StartedMachine {
  readonly architecture: Architecture
  readonly origin: MachineOrigin
  readonly qemu: Qemu
  readonly accelerator: AcceleratorDecision
  readonly cpu: string
  readonly commandLine: readonly string[]
  readonly pid: number
  readonly console: Duplex
  readonly port: Duplex
  readonly probePort: Duplex
  readonly qmp: QmpClient
  readonly sshPort: number | undefined
  readonly memoryFile: string
  readonly gdbSocket: string
  readonly exited: Promise<MachineExit>
  readonly #process: QemuProcess
  readonly #resources: AsyncDisposableStack
  #startedAt = Number.NaN
  #aborted = false
  #stopping: Promise<MachineExit> | undefined

  constructor(parts: MachineParts) {
    this.architecture = parts.architecture
    this.origin = parts.origin
    this.qemu = parts.qemu
    this.accelerator = parts.accelerator
    this.cpu = parts.cpu
    this.commandLine = parts.commandLine
    this.pid = parts.process.pid
    this.console = parts.console
    this.port = parts.port
    this.probePort = parts.probePort
    this.qmp = parts.qmp
    this.sshPort = parts.sshPort
    this.memoryFile = parts.memoryFile
    this.gdbSocket = parts.gdbSocket
    this.#process = parts.process
    this.#resources = parts.resources
    this.exited = this.#watchExit()
    this.#stopOnAbort(parts.signal)
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
    await this.#resources.disposeAsync()
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

  #stopOnAbort(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const kill = () => {
      this.#aborted = true
      this.#process.kill()
    }
    signal.addEventListener('abort', kill, { once: true })
    if (signal.aborted) kill()
    void this.exited.then(() => signal.removeEventListener('abort', kill))
  }
}
