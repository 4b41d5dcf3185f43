import { DrydockError } from '../common/errors.ts'
import type { Guest } from '../guest/guest.ts'
import type { CheckContext } from './context.ts'

/** What the watch needs of a guest. */
type Mortal = Pick<Guest, 'death' | 'died'>
type Death = NonNullable<Mortal['death']>

/** The end of QEMU is told once its console has been read to its end. */
const accountMs = 1000

/** The check during which a guest died. */
const blamed = new WeakMap<Mortal, string>()

const deathError = (death: Death, message: string): DrydockError =>
  new DrydockError(`${message}: ${death.summary}`, {
    code: 'GUEST_DIED',
    blame: 'guest',
    phase: 'check',
    guestDied: true,
    ...(death.excerpt.length === 0 ? {} : { consoleTail: death.excerpt.slice(0, 20).join('\n') }),
  })

/** A check's view of its context, and whether its guest has died on it. */
export interface GuestWatch {
  readonly context: CheckContext
  /** Rejects as soon as the guest dies, once the check has asked for it; never resolves. */
  readonly died: Promise<never>
  /**
   * Waits a little for the guest to be found dead: what a dying guest breaks is noticed before its death is.
   * Resolves with it, or undefined where the guest lives on.
   */
  deathAfterFailure(): Promise<DrydockError | undefined>
  /** The guest's death, where the check has asked for the guest and it is dead by now. */
  deathSeen(): DrydockError | undefined
}

/**
 * Watches the guest that a check is judged on from the moment it asks for it. A guest that is dead already is refused with the name
 * of the check that it died on. Guests that a check has started beside it are its own, and it may mean them to die.
 */
export const watchGuest = (context: CheckContext, id: string): GuestWatch => {
  const { promise: died, reject } = Promise.withResolvers<never>()
  // Most checks end while the guest lives, and then nobody waits for this.
  died.catch(() => {})
  let watched: Mortal | undefined

  const duringThis = (guest: Mortal, death: Death): DrydockError => {
    if (!blamed.has(guest)) blamed.set(guest, id)
    return deathError(death, `the guest died during ${id}`)
  }
  const watch = (guest: Guest): Guest => {
    if (watched === guest) return guest
    if (guest.death !== undefined) {
      const culprit = blamed.get(guest)
      throw deathError(
        guest.death,
        culprit === undefined ? 'the guest died before' : `the guest died during ${culprit}`,
      )
    }
    watched = guest
    guest.died.then((death) => reject(duringThis(guest, death)), reject)
    return guest
  }
  const guest = async (): Promise<Guest> => watch(await context.guest())

  const deathSeen = () => (watched?.death === undefined ? undefined : duringThis(watched, watched.death))

  const deathAfterFailure = async (): Promise<DrydockError | undefined> => {
    if (watched === undefined || watched.death !== undefined) return deathSeen()
    const { promise: tooLate, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, accountMs)
    await Promise.race([watched.died, tooLate])
    clearTimeout(timer)
    return deathSeen()
  }

  return {
    context: {
      architecture: context.architecture,
      spec: context.spec,
      policy: context.policy,
      image: () => context.image(),
      guest,
      probe: async () => {
        await guest()
        return context.probe()
      },
      pristine: () => context.pristine(),
      boots: (fact) => context.boots(fact),
      coldBoot: (until) => context.coldBoot(until),
    },
    died,
    deathAfterFailure,
    deathSeen,
  }
}
