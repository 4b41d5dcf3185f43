import type { GuestSpec } from '../target/target.ts'
import type { AcceleratorDecision } from './accelerator.ts'
import type { Qemu } from './qemu.ts'

/** What a machine and its forks have in common. */
export interface Making {
  readonly spec: GuestSpec
  readonly qemu: Qemu
  readonly accelerator: AcceleratorDecision
  /** QEMU's CPU model with its properties. */
  readonly cpu: string
  /** What started it, by its descriptor; absent where that is QEMU's own. */
  readonly firmware?: string | undefined
  /** Whether a free port of 127.0.0.1 leads to the guest's port 22. */
  readonly forwardSsh: boolean
}
