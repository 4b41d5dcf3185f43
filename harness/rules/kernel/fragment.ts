import type { KernelRuleResult } from './judge-kernel.ts'

interface Wish {
  readonly option: string
  /** The line as it stands in the fragment. */
  readonly line: string
  readonly ids: readonly string[]
}

const optionOf = (line: string): string => /CONFIG_(\w+)/.exec(line)?.[1] ?? line

const listIn = (line: string): readonly string[] | undefined => /="([^"]*)"$/.exec(line)?.[1]?.split(',')

/** Lists with what any of them adds, in front of what all of them have; undefined where one of the lines is no list. */
const union = (option: string, lines: readonly string[]): string | undefined => {
  const lists = lines.flatMap((line) => [listIn(line) ?? []])
  const [first] = lists
  if (first === undefined || lists.some((list) => list.length === 0)) return undefined
  const common = first.filter((item) => lists.every((list) => list.includes(item)))
  const added = new Set(lists.flat().filter((item) => !common.includes(item)))
  return `CONFIG_${option}=${JSON.stringify([...[...added].toSorted(), ...common].join(','))}`
}

const wishesOf = (
  results: readonly Pick<KernelRuleResult, 'id' | 'mend'>[],
): ReadonlyMap<string, readonly Wish[]> => {
  const idsByLine = new Map<string, string[]>()
  for (const { id, mend } of results) {
    for (const line of mend()) idsByLine.set(line, [...(idsByLine.get(line) ?? []), id])
  }
  const wishes = [...idsByLine].map(([line, ids]) => ({ option: optionOf(line), line, ids }))
  return Map.groupBy(
    wishes.toSorted((a, b) => (a.line < b.line ? -1 : 1)),
    ({ option }) => option,
  )
}

const idsText = (wishes: readonly Wish[]): string =>
  [...new Set(wishes.flatMap(({ ids }) => ids))].toSorted().join(', ')

/**
 * A Kconfig fragment that mends the failures, for scripts/kconfig/merge_config.sh: one line per option, sorted, each
 * below the ids of the rules that ask for it. Lists are joined; where rules ask for different values, all but one are
 * comments.
 */
export const fragmentFor = (results: readonly Pick<KernelRuleResult, 'id' | 'mend'>[]): string =>
  [...wishesOf(results)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([option, wishes]) => {
      const joined = union(
        option,
        wishes.map(({ line }) => line),
      )
      if (joined !== undefined) return [`# ${idsText(wishes)}`, joined]
      return wishes.flatMap((wish, index) => {
        const ids = idsText([wish])
        return index === 0
          ? [`# ${ids}`, wish.line]
          : [`# contradicts the line above: ${ids} asks for ${wish.line.replace(/^# /, '')}`]
      })
    })
    .map((line) => `${line}\n`)
    .join('')
