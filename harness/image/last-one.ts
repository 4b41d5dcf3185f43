/**
 * Keeps what was made last. Files are read one after the other, so the map of the one at hand is all that is worth
 * its memory; a hostile image has maps enough for all of it.
 */
export class LastOne<Value> {
  #owner: object | undefined
  #value: Promise<Value> | undefined

  /** What was made for that owner, made now where another one came between. */
  of(owner: object, make: () => Promise<Value>): Promise<Value> {
    if (this.#owner === owner && this.#value !== undefined) return this.#value
    const value = make()
    this.#owner = owner
    this.#value = value
    return value
  }
}
