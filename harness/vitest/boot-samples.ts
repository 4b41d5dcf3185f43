import { type BootFact, type BootSample, bootSample, coldOnly } from '../guest/boot-sample.ts'
import type { ColdGuest, Guest } from '../guest/guest.ts'

/** The boot that the guests of a lab go back to. */
export interface KnownBoot {
  /** In words. */
  readonly name: string
  readonly guest: Guest
}

export interface BootSources {
  /** Undefined where it is not there yet, and a boot that goes no further than `from` is cheaper. */
  known(from: Fact['from']): Promise<KnownBoot> | undefined
  /** The caller ends it. */
  boot(until: 'kernel' | 'login'): Promise<ColdGuest>
}

type Fact = BootFact<unknown>

/** One boot, and what is known of it. */
interface Boot {
  readonly name: string
  /** Undefined where the boot did not come far enough, and is over. */
  sample(fact: Fact): Promise<{ readonly value: unknown }> | undefined
}

/**
 * Keeps account of the boots of one image, so that each is made once for all checks that compare boots: what such
 * checks have announced is read of every boot, and the guest ended.
 */
export class BootSamples {
  readonly #sources: BootSources
  readonly #announced = new Set<Fact>()
  readonly #made: Promise<Boot>[] = []
  #known: Promise<Boot> | undefined

  constructor(sources: BootSources) {
    this.#sources = sources
  }

  /** Says that facts will be asked for. */
  announce(facts: readonly Fact[]): void {
    for (const fact of facts) this.#announced.add(fact)
  }

  /** Makes the boot that all checks need beside the one that is there. Never rejects: they tell what goes wrong. */
  async prepare(): Promise<void> {
    const [fact] = [...this.#announced].sort((one, other) => farness(other) - farness(one))
    if (fact !== undefined && this.#made.length === 0) await this.#make(fact).catch(() => {})
  }

  /** See `ColdBootContext.boots`. */
  async *of<Value>(fact: BootFact<Value>): AsyncGenerator<BootSample<Value>> {
    for await (const boot of this.#boots(fact)) {
      const sample = await boot.sample(fact)
      // The fact itself has read it.
      if (sample !== undefined) yield bootSample(boot.name, sample.value as Value)
    }
  }

  async *#boots(fact: Fact): AsyncGenerator<Boot> {
    this.#known ??= this.#sources.known(fact.from)?.then(standing)
    if (this.#known !== undefined) yield await this.#known
    for (let index = 0; ; index += 1) yield await (this.#made[index] ?? this.#make(fact))
  }

  #make(wanted: Fact): Promise<Boot> {
    this.announce([wanted])
    const boot = this.#record(`boot ${this.#made.length + 1} from power-on`, wanted.from)
    this.#made.push(boot)
    return boot
  }

  async #record(name: string, until: Fact['from']): Promise<Boot> {
    await using guest = await this.#sources.boot(until)
    const samples = new Map<Fact, Promise<{ readonly value: unknown }>>()
    for (const fact of this.#announced) {
      if (until === 'kernel' && fact.from === 'login') continue
      const reading = fact.read(coldOnly(guest, fact.what)).then((value) => ({ value }))
      samples.set(fact, reading)
      await reading.catch(() => {})
    }
    return { name, sample: (fact) => samples.get(fact) }
  }
}

const farness = ({ from }: Fact): number => (from === 'login' ? 1 : 0)

const standing = ({ name, guest }: KnownBoot): Boot => {
  const samples = new Map<Fact, Promise<{ readonly value: unknown }>>()
  return {
    name,
    sample: (fact) => {
      const sample = samples.get(fact) ?? fact.read(guest).then((value) => ({ value }))
      samples.set(fact, sample)
      return sample
    },
  }
}
