import type { Architecture } from '../common/architecture.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { StartedMachine } from '../machine/machine.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Console } from './console/console.ts'
import type { Death } from './console/life.ts'
import type { Probe } from './probe.ts'
import type { SerialShell } from './serial/serial-shell.ts'
import type { Shell } from './shell.ts'
import type { SshShell } from './ssh-shell.ts'

/** A running guest. Disposing of it ends QEMU and removes its files. */
export interface Guest extends AsyncDisposable {
  /** How it came to run: `fork` shares the past of others, their random state and addresses included. */
  readonly origin: 'power-on' | 'fork'
  readonly architecture: Architecture
  readonly spec: GuestSpec
  readonly machine: StartedMachine
  /** The serial line ttyS0 or ttyAMA0: its last lines, its kernel incidents, waiting for text. */
  readonly console: Console
  /** The virtio console hvc0. */
  readonly port: Console
  /** ssh where there is one, else serial. @throws DrydockError `NO_SHELL` when the target has no login */
  readonly shell: Shell
  /** In a fork it connects at its first use. */
  readonly ssh: SshShell | undefined
  readonly serial: SerialShell | undefined
  /** Milliseconds of `prepare` and of each boot phase; a fork has those of the boot that it comes from. */
  readonly timings: Readonly<Record<string, number>>
  readonly death: Death | undefined
  /** Resolves when the guest dies: a kernel panic on the console, the machine going off, QEMU ending. Never rejects. */
  readonly died: Promise<Death>
  /** The probe, started at the first call and then shared. */
  probe(): Promise<Probe>
}

/** A guest that was started from power-on. */
export interface ColdGuest extends Guest {
  readonly origin: 'power-on'
  /**
   * Freezes it, which ends it: forks go on from here.
   * @throws DrydockError `FREEZE_REFUSED` with QEMU's words; the guest has ended then too
   */
  freeze(options?: FreezeOptions): Promise<FrozenGuest>
}

export interface FreezeOptions {
  /** Whether the probe enters all running containers before, so that no fork has to. @default false */
  readonly enterContainers?: boolean | undefined
  /** An existing empty folder to keep it in. @default memory of the host, until it is disposed of */
  readonly into?: string | undefined
  /** What it is called where it is kept. */
  readonly id?: string | undefined
  readonly progress?: ProgressListener | undefined
  readonly signal?: AbortSignal | undefined
}

/** A guest that goes on from where another one was frozen. */
export interface ForkedGuest extends Guest {
  readonly origin: 'fork'
  /** Why its clock still shows the time of the freeze; undefined where it was set to the host's. */
  readonly clockProblem: string | undefined
}

export interface ForkOptions {
  /** Where its consoles are recorded as those of a boot are; undefined: nowhere. */
  readonly outDirectory: string | undefined
  readonly progress?: ProgressListener | undefined
  /** Gives up, and later ends the fork. */
  readonly signal?: AbortSignal | undefined
}

/** A booted guest that stands still, to be forked as often as wanted. Disposing of it leaves its forks alone. */
export interface FrozenGuest extends AsyncDisposable {
  readonly spec: GuestSpec
  /** Milliseconds of `prepare` and of each phase of the boot that it comes from. */
  readonly timings: Readonly<Record<string, number>>
  /** When that boot was over. */
  readonly bootedAt: Date
  /** Whether it was found in the cache, instead of booted now. */
  readonly fromCache: boolean
  /** What the cache calls it; undefined where it is not kept. */
  readonly id: string | undefined
  /** A running copy with its clock set, whose shells and probe are as those of the frozen guest were. */
  fork(options: ForkOptions): Promise<ForkedGuest>
}
