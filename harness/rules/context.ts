import type { Architecture } from '../common/architecture.ts'
import type { BootFact, BootSample } from '../guest/boot-sample.ts'
import type { ColdGuest, Guest } from '../guest/guest.ts'
import type { Probe } from '../guest/probe.ts'
import type { Image } from '../image/image.ts'
import type { GuestSpec } from '../target/target.ts'
import type { Policy } from './policy.ts'

/**
 * Which guest a check needs. `none`: it looks at the artefact alone. `shared`: it only reads, or tries what leaves nothing
 * behind whether allowed or not, in the guest that all such checks share. `pristine`: it attacks, in a guest that nobody
 * else has touched. `cold-boot`: it compares boots, as everything does that is random or comes from the boot.
 */
export const guestUses = ['none', 'shared', 'pristine', 'cold-boot'] as const
export type GuestUse = (typeof guestUses)[number]

/** What every check can look at. What is expensive is made at the first call and then shared. */
export interface ArtefactContext {
  readonly architecture: Architecture
  readonly spec: GuestSpec
  readonly policy: Policy
  /** The artefact at rest. */
  image(): Promise<Image>
}

export interface GuestContext extends ArtefactContext {
  /** The running guest that the check is judged on: shared, or for an attack the check's own. */
  guest(): Promise<Guest>
  /** The probe in that guest. */
  probe(): Promise<Probe>
}

export interface AttackContext extends GuestContext {
  /** One more pristine guest at every call, whose death is not the check's; disposed of after the check. */
  pristine(): Promise<Guest>
}

export interface ColdBootContext extends ArtefactContext {
  /**
   * What each boot has drawn, a boot that is there already before one that is made for it: that of the guest that is
   * frozen, those that other checks have asked for, and then as many more as are asked for. Never two of one boot.
   */
  boots<Value>(fact: BootFact<Value>): AsyncIterable<BootSample<Value>>
  /** A guest of the check's own, started from power-on, and disposed of after the check. */
  coldBoot(until: 'kernel' | 'login'): Promise<ColdGuest>
}

/** What a check is given, by the guest that it needs. */
export interface ContextOf {
  readonly none: ArtefactContext
  readonly shared: GuestContext
  readonly pristine: AttackContext
  readonly 'cold-boot': ColdBootContext
}

/** Everything that any check can ask for. */
export interface CheckContext extends AttackContext, ColdBootContext {}
