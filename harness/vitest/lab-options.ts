import type { Architecture } from '../common/architecture.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { FrozenGuestOptions } from '../guest/frozen-guest.ts'
import type { BootOptions, ColdGuest, FrozenGuest } from '../guest/guest.ts'
import type { Image } from '../image/image.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { Trace } from '../record/trace.ts'
import type { Policy } from '../rules/policy.ts'
import type { GuestSpec, Target } from '../target/target.ts'

/** What a lab is made of; tests give others. */
export interface LabParts {
  readonly boot: (options: BootOptions) => Promise<ColdGuest>
  readonly frozenGuest: (options: FrozenGuestOptions) => Promise<FrozenGuest>
  readonly openImage: (spec: GuestSpec) => Promise<Image>
}

export interface LabOptions {
  readonly target: Target
  readonly architecture: Architecture
  readonly accelerator: AcceleratorPolicy
  readonly policy: Policy
  /** Existing folder for the consoles of the boot; each further guest gets a folder inside it. */
  readonly outDirectory: string
  /** Whether the frozen guest outlives the lab, for later runs. */
  readonly keep: FrozenGuestOptions['keep']
  /** Whether so many checks try something in containers that it pays to enter them before the guest is frozen. */
  readonly enterContainers: boolean
  readonly progress?: ProgressListener | undefined
  /** Where its guests leave how long they took. */
  readonly trace?: Trace | undefined
}
