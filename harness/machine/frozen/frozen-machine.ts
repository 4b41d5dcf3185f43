import type { Architecture } from '../../common/architecture.ts'
import type { ProgressListener } from '../../common/progress.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { AcceleratorDecision } from '../accelerator.ts'
import type { CreatedMachine } from '../machine-states.ts'
import type { Qemu } from '../qemu.ts'

export interface ForkOptions {
  /** Gives up while the fork is being created, and kills it later on. */
  readonly signal?: AbortSignal | undefined
  readonly progress?: ProgressListener | undefined
}

/**
 * A machine that was stopped, with all its state in files. It can be forked as often as wanted, also at the same time.
 * Disposing of it removes the files that were kept in a run directory, never a folder that the caller named; forks
 * that were made before go on.
 */
export interface FrozenMachine extends AsyncDisposable {
  readonly architecture: Architecture
  readonly qemu: Qemu
  readonly accelerator: AcceleratorDecision
  /** QEMU's CPU model with its properties. */
  readonly cpu: string
  readonly firmware?: string | undefined
  readonly spec: GuestSpec
  /**
   * A copy of the machine as it was, with memory shared copy-on-write and a forwarded port of its own. Its CPUs stand
   * still until it is let run. Throws `FORK_FAILED` with QEMU's words, and what `createMachine` throws.
   */
  fork(options?: ForkOptions): Promise<CreatedMachine>
}

export { openFrozenMachine } from './open.ts'
