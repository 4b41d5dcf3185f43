import type { ContainerView } from '../../facts/container-views.ts'
import type { Mount } from '../../facts/mounts.ts'
import type { Item, Undecided } from '../bundle/bundle.ts'
import type { ContainerClaimId } from '../container-claims.ts'
import type { JudgedContainer } from '../judged-containers.ts'

/** What a view is compared with. */
export interface Surroundings {
  readonly container: JudgedContainer
  /** The first process of the host. */
  readonly host: ContainerView
  readonly hostMounts: readonly Mount[]
  /** All running containers, as the host sees them, by id. */
  readonly all: ReadonlyMap<string, ContainerView>
}

/** One property of a running container: what a view of its first process shows of it. */
export interface LiveProperty {
  /** Id of the check. */
  readonly id: ContainerClaimId
  /** Plural, for the reason. */
  readonly plural: string
  /** Items with the same `what` are compared between the sides. Undefined where the view does not show it. */
  examine(view: ContainerView, surroundings: Surroundings): readonly Item[] | Undecided | undefined
}

export const isUndecided = (found: readonly Item[] | Undecided): found is Undecided => 'verdict' in found

/** A good thing that was found, or one that is not what was expected. */
export const item = (what: string, found: string, fine: boolean, expected: string): Item =>
  fine ? { what, found } : { what, found, expected }
