import type { BootOptions } from './guest.ts'
import { boot } from './guest.ts'
import type { ColdGuest, FreezeOptions, FrozenGuest } from './guest-states.ts'

export type { ColdGuest, ForkedGuest, ForkOptions, FreezeOptions, FrozenGuest } from './guest-states.ts'

export interface FrozenGuestOptions extends BootOptions {
  /** `cache`: kept for later runs, and taken from an earlier one where that is sound. `run`: until it is disposed of. */
  readonly keep: 'cache' | 'run'
}

/** Freezes a guest, which ends it. */
export const freezeGuest = (guest: ColdGuest, options?: FreezeOptions): Promise<FrozenGuest> =>
  guest.freeze(options)

/** A frozen guest as `options` boot it: from the cache where a sound one is there, else booted and frozen now. */
export const frozenGuest = async (options: FrozenGuestOptions): Promise<FrozenGuest> => {
  const guest = await boot(options)
  return await guest.freeze(options)
}
