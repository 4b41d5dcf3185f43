import type { FileHandle } from 'node:fs/promises'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { silent } from '../../common/progress.ts'
import { lastLines } from '../../common/text.ts'
import type { CreatedMachine } from '../machine-states.ts'
import type { Making } from '../making.ts'
import { forkGuestFiles, type GuestFiles } from '../process/guest-files.ts'
import type { RunningMachine } from '../running-machine.ts'
import { startMachine } from '../start-machine.ts'
import { Berths } from './berths.ts'
import { ForkSlots } from './fork-slots.ts'
import type { ForkOptions, FrozenMachine } from './frozen-machine.ts'
import { loadState } from './migration.ts'

export interface KeptParts {
  readonly making: Making
  /** Those of the machine that was frozen; what is written of them is copied for each fork. */
  readonly files: GuestFiles
  /** Absolute, without symbolic links. */
  readonly memoryPath: string
  readonly memory: FileHandle
  /** The group that may read the memory, where QEMU runs as another user than we. */
  readonly group: number | undefined
  /** Of the devices, as QEMU wrote it. */
  readonly state: Buffer
  /** What is given back when it is disposed of. */
  readonly resources: AsyncDisposableStack
}

/** A frozen machine whose files are open. */
export class KeptMachine implements FrozenMachine {
  readonly #parts: KeptParts
  readonly #slots = new ForkSlots()
  readonly #berths: Berths

  constructor(parts: KeptParts) {
    this.#parts = parts
    this.#berths = new Berths(parts.group)
    parts.resources.use(this.#slots)
    parts.resources.use(this.#berths)
  }

  get architecture(): FrozenMachine['architecture'] {
    return this.spec.architecture
  }

  get qemu(): FrozenMachine['qemu'] {
    return this.#parts.making.qemu
  }

  get accelerator(): FrozenMachine['accelerator'] {
    return this.#parts.making.accelerator
  }

  get cpu(): string {
    return this.#parts.making.cpu
  }

  get firmware(): string | undefined {
    return this.#parts.making.firmware
  }

  get spec(): FrozenMachine['spec'] {
    return this.#parts.making.spec
  }

  async fork({ signal, progress = silent }: ForkOptions = {}): Promise<CreatedMachine> {
    const say = (detail: string) => progress({ architecture: this.architecture, step: 'fork', detail })
    signal?.throwIfAborted()
    const { making, files: frozenFiles, memory, memoryPath, state } = this.#parts
    await using held = new AsyncDisposableStack()
    held.use(await this.#slots.take({ signal, onWait: say }))
    const belongings = held.use(new AsyncDisposableStack())
    const { user, directory, consolePipe } = belongings.use(await this.#berths.take())
    const files = belongings.use(await forkGuestFiles(frozenFiles))
    const frozenMemory = { path: memoryPath, descriptor: memory.fd }
    const machine = await startMachine({
      ...{ making, user, directory, consolePipe, files, frozenMemory, signal, belongings },
      resources: held,
    })
    await this.#load(machine, state)
    return machine
  }

  async #load(machine: RunningMachine, state: Buffer): Promise<void> {
    try {
      await loadState(machine.qmp, machine.parts.streams.incoming, state)
    } catch (cause) {
      const { reason, stderrTail } = await machine.stop()
      machine.parts.signal?.throwIfAborted()
      const words = lastLines(stderrTail, 5).trim()
      throw new DrydockError(
        `expected QEMU to take the state of the frozen machine (it ${reason}): ${words === '' ? messageOf(cause) : words}`,
        {
          code: 'FORK_FAILED',
          blame: 'testbed',
          phase: 'prepare',
          hint: 'Was QEMU replaced since? Boot and freeze the guest again.',
          cause,
        },
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources.disposeAsync()
  }
}
