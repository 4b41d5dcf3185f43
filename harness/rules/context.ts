import type { Architecture } from '../common/architecture.ts'
import type { ColdGuest, Guest } from '../guest/guest.ts'
import type { Probe } from '../guest/probe.ts'
import type { Image } from '../image/image.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Policy } from './policy.ts'

/** What a check can look at and try. What is expensive is made at the first call and then shared. */
export interface CheckContext {
  readonly architecture: Architecture
  readonly spec: GuestSpec
  readonly policy: Policy
  /** The artefact at rest. */
  image(): Promise<Image>
  /** The running guest that all checks share. */
  guest(): Promise<Guest>
  /** The probe in the shared guest. */
  probe(): Promise<Probe>
  /** A guest of the check's own, started from power-on, and disposed of after the check. */
  coldBoot(until: 'kernel' | 'login'): Promise<ColdGuest>
}
