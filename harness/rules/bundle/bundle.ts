import type { LinuxkitRuntime, OciSpec } from '../../image/oci-spec.ts'
import type { ContainerClaim } from '../container-claims.ts'
import type { ContainerExpectation } from '../policy.ts'

/** A container at rest. */
export interface Bundle {
  /** By which the policy knows it. */
  readonly name: string
  readonly spec: OciSpec
  /** LinuxKit's, where it stands beside config.json. */
  readonly runtime: LinuxkitRuntime | undefined
}

/** One thing that was looked at: it is fine, or something else was expected. */
export interface Item {
  /** Unique in its check; with the container's name it is what a waiver names. */
  readonly what: string
  readonly found: string
  /** Undefined where it is fine. */
  readonly expected?: string
}

/** Why a check decides nothing about a bundle. */
export interface Undecided {
  readonly verdict: 'not-applicable' | 'inconclusive'
  readonly reason: string
}

/** One claim about a container at rest. */
export interface BundleCheck {
  readonly id: string
  readonly claim: ContainerClaim
  examine(bundle: Bundle, expectation: ContainerExpectation): readonly Item[] | Undecided
}

/** The policy does not ask for it. */
export const notAsked: Undecided = {
  verdict: 'not-applicable',
  reason: 'the policy does not ask for it',
}
