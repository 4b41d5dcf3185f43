import { type MemoryRequest, type MemoryReservation, reserveMemory } from '../memory-budget.ts'

/**
 * Mebibytes. An idle fork has some 50 of its own, mostly QEMU's; the rest is for what it writes and for the code that QEMU
 * translates. The memory that it was frozen with is shared and there already.
 */
const forkMebibytes = 128
/** Kept for the next fork, since a reservation costs more than half a fork does. */
const spareLimit = 2

type Reserve = (request: MemoryRequest) => Promise<MemoryReservation>

/** Shares of the host's memory for the forks of one frozen machine: one that a fork gives back goes to the next one. */
export class ForkSlots implements AsyncDisposable {
  readonly #reserve: Reserve
  readonly #spare: MemoryReservation[] = []
  #disposed = false

  constructor(reserve: Reserve = reserveMemory) {
    this.#reserve = reserve
  }

  /** Waits until the host has room for one fork more. */
  async take(options: Pick<MemoryRequest, 'signal' | 'onWait'> = {}): Promise<AsyncDisposable> {
    const reservation =
      this.#spare.pop() ??
      (await this.#reserve({ ...options, mebibytes: forkMebibytes, overheadMebibytes: 0 }))
    return { [Symbol.asyncDispose]: () => this.#giveBack(reservation) }
  }

  async #giveBack(reservation: MemoryReservation): Promise<void> {
    if (this.#disposed || this.#spare.length >= spareLimit) await reservation[Symbol.asyncDispose]()
    else this.#spare.push(reservation)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await Promise.all(this.#spare.splice(0).map((reservation) => reservation[Symbol.asyncDispose]()))
  }
}
