/** A flag of a command that starts without commander. */
export interface Flag {
  /** Without its dashes. */
  readonly name: string
  /** What follows it, for help; absent where nothing does. */
  readonly value?: string
  /** All that may follow it; absent where more is checked than a list can say. */
  readonly choices?: readonly string[]
  readonly description: string
}

export interface PlainRequest {
  readonly paths: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean>>
}

/** What was asked for, where it is written in the plain way; undefined leaves help, mistakes and all else to commander. */
export const plainRequest = (words: readonly string[], known: readonly Flag[]): PlainRequest | undefined => {
  const paths: string[] = []
  const given: Record<string, string | boolean> = {}
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) {
      paths.push(word)
      continue
    }
    const flag = known.find(({ name }) => word === `--${name}`)
    if (flag === undefined) return undefined
    if (flag.value !== undefined) at += 1
    const value = flag.value === undefined ? true : words[at]
    if (value === undefined) return undefined
    if (flag.choices !== undefined && !flag.choices.includes(`${value}`)) return undefined
    given[flag.name] = value
  }
  return paths.length === 0 ? undefined : { paths, flags: given }
}
