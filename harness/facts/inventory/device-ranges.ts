/** A device node whose name and minor number both count up. */
interface Numbered {
  readonly stem: string
  readonly number: number
  /** Its detail around the minor number. */
  readonly head: string
  readonly minor: number
  readonly tail: string
}

const form = /^(.*?)(0|[1-9]\d*)$/
const detailForm = /^(\w+ \d+:)(\d+)(, .*)$/

const numberedOf = (name: string, detail: string): Numbered | undefined => {
  const [, stem, number] = form.exec(name) ?? []
  const [, head, minor, tail] = detailForm.exec(detail) ?? []
  if (stem === undefined || head === undefined || tail === undefined) return undefined
  return { stem, number: Number(number), head, minor: Number(minor), tail }
}

/** Fewer are shown one by one. */
const shortest = 3

/**
 * Puts rows of nodes such as tty1 to tty63 into one entry, `/dev/tty1..63` with `character 4:1..63, 0600 0:0`, so that
 * a list of them can be read; what differs in anything else stays on its own.
 */
export const inRanges = (entries: readonly (readonly [string, string])[]): readonly [string, string][] => {
  const alone: [string, string][] = []
  const rows = new Map<string, Numbered[]>()
  for (const [name, detail] of entries) {
    const numbered = numberedOf(name, detail)
    if (numbered === undefined) {
      alone.push([name, detail])
      continue
    }
    const { stem, head, tail, minor, number } = numbered
    const key = JSON.stringify([stem, head, tail, minor - number])
    rows.set(key, [...(rows.get(key) ?? []), numbered])
  }
  return [...alone, ...[...rows.values()].flatMap(rangesOf)]
}

const rangesOf = (row: readonly Numbered[]): [string, string][] => {
  const runs: Numbered[][] = []
  for (const item of row.toSorted((one, other) => one.number - other.number)) {
    const run = runs.at(-1)
    if (run !== undefined && run.at(-1)?.number === item.number - 1) run.push(item)
    else runs.push([item])
  }
  return runs.flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)]
    if (first === undefined || last === undefined) return []
    const { stem, head, tail } = first
    return run.length < shortest
      ? run.map(({ number, minor }): [string, string] => [`${stem}${number}`, `${head}${minor}${tail}`])
      : [[`${stem}${first.number}..${last.number}`, `${head}${first.minor}..${last.minor}${tail}`]]
  })
}
