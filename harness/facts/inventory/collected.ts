/** What was found of one kind: things by name, each with what is worth telling apart from its name. */
export interface Collected {
  /** Empty where there is nothing to tell. */
  readonly entries: ReadonlyMap<string, string>
  /** Where was looked, such as `the 224 names of the image`. */
  readonly source: string
  /** How many things were looked at; 0: nothing can be said. */
  readonly looked: number
  /** What could not be looked at, and why. */
  readonly unread: readonly { readonly subject: string; readonly reason: string }[]
}

/** By code units, so that files and reports have one order everywhere. */
export const inOrder = (entries: Iterable<readonly [string, string]>): ReadonlyMap<string, string> =>
  new Map([...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)))
