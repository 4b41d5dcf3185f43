import { DrydockError } from '../common/errors.ts'
import type { ColdGuest, Guest } from './guest-states.ts'

/** Something that is drawn at random once in a boot and then stays: all forks of a guest have it from the one boot. */
export interface BootFact<Value> {
  /** As it reads in an error: `the address of the kernel`. */
  readonly what: string
  /** How far a boot has to have come for it. */
  readonly from: 'kernel' | 'login'
  /** Of a guest from power-on, or of any fork, which tells of the boot that it goes back to. */
  read(guest: Guest): Promise<Value>
}

declare const ofOneBoot: unique symbol

/** What one boot has drawn. A guest or a fork is none: only the boots that a run keeps account of give samples. */
export interface BootSample<Value> {
  /** Names the boot: two samples of one boot tell nothing about chance. */
  readonly boot: string
  readonly value: Value
  readonly [ofOneBoot]: true
}

export const bootSample = <Value>(boot: string, value: Value): BootSample<Value> =>
  ({ boot, value }) as BootSample<Value>

/**
 * To be called before samples are compared.
 * @param what is compared, for the error
 * @throws DrydockError `FORKED_RANDOMNESS` where two are of the same boot, and would be found equal for the wrong reason
 */
export const ofDistinctBoots = <Value>(
  samples: readonly BootSample<Value>[],
  what: string,
): readonly BootSample<Value>[] => {
  const boots = samples.map(({ boot }) => boot)
  const twice = boots.find((boot, index) => boots.indexOf(boot) !== index)
  if (twice === undefined) return samples
  throw forkedRandomness(`expected another boot for each value of ${what}, found two of ${twice}`)
}

/**
 * To be called before something is read that is random later than at the boot, to be compared with other guests: forks
 * have their random state from the guest that was frozen, and would be found equal, or new, for the wrong reason.
 * @param what is compared, for the error
 * @throws DrydockError `FORKED_RANDOMNESS` for a fork that a cast or an untyped caller passed off as cold
 */
export const coldOnly = (guest: ColdGuest, what: string): ColdGuest => {
  const origins: readonly string[] = [guest.origin, guest.machine.origin]
  if (origins.every((origin) => origin === 'power-on')) return guest
  throw forkedRandomness(
    `expected a guest started from power-on to compare ${what}, found a fork, which has it from another guest`,
  )
}

const forkedRandomness = (message: string): DrydockError =>
  new DrydockError(message, {
    code: 'FORKED_RANDOMNESS',
    blame: 'testbed',
    phase: 'check',
    hint: 'Take samples from boots(), or a guest from coldBoot() for each value that is compared.',
  })
