import { DrydockError } from '../common/errors.ts'
import type { ColdGuest } from './guest-states.ts'

/**
 * To be called before something random of a guest is read, to be compared with other guests: forks have their random
 * state, addresses and keys from the guest that was frozen, and would be found equal, or new, for the wrong reason.
 * @param what Is compared, for the error
 * @throws DrydockError `FORKED_RANDOMNESS` for a fork that a cast or an untyped caller passed off as cold
 */
export const coldOnly = (guest: ColdGuest, what: string): ColdGuest => {
  const origins: readonly string[] = [guest.origin, guest.machine.origin]
  if (origins.every((origin) => origin === 'power-on')) return guest
  throw new DrydockError(
    `expected a guest started from power-on to compare ${what}, found a fork, which has it from another guest`,
    {
      code: 'FORKED_RANDOMNESS',
      blame: 'testbed',
      phase: 'check',
      hint: 'Take a guest from coldBoot() for each value that is compared.',
    },
  )
}
