import type { Collected } from '../../facts/inventory/collected.ts'
import type { CheckMeta } from '../catalogue.ts'
import type { ArtefactContext, GuestContext, GuestUse } from '../context.ts'
import type { ForbiddenId, InventoryId } from './inventory-ids.ts'

/** One kind of thing that an image has a list of. */
interface Kind<Id extends string, Use extends GuestUse, Context> extends Omit<CheckMeta, 'twins' | 'guest'> {
  readonly id: Id
  readonly guest: Use
  /** Plural, such as `programs`. */
  readonly things: string
  collect(context: Context): Promise<Collected>
  /** Why an image may not have this, whatever is listed; undefined where a list may have it. */
  standard?(name: string, detail: string): string | undefined
}

/** Things that lie in the image. */
export type AtRestKind = Kind<InventoryId | ForbiddenId, 'none', ArtefactContext>
/** Things that only a running guest has. */
export type GuestKind = Kind<InventoryId, 'shared' | 'pristine', GuestContext>
export type InventoryKind = AtRestKind | GuestKind
