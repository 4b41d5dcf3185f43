import type { KernelRuleResult } from './judge-kernel.ts'

const optionOf = (line: string): string => /CONFIG_(\w+)/.exec(line)?.[1] ?? line

/**
 * A Kconfig fragment that mends the failures, for scripts/kconfig/merge_config.sh: one line per option, sorted, each
 * below the ids of the rules that ask for it. Where two rules ask for different values, the second is a comment.
 */
export const fragmentFor = (results: readonly KernelRuleResult[]): string => {
  const idsByLine = new Map<string, string[]>()
  for (const { id, mend } of results) {
    for (const line of mend) idsByLine.set(line, [...(idsByLine.get(line) ?? []), id])
  }
  const lines = [...idsByLine].toSorted(([a], [b]) =>
    optionOf(a) < optionOf(b) ? -1 : optionOf(a) > optionOf(b) ? 1 : 0,
  )
  const taken = new Set<string>()
  return lines
    .flatMap(([line, ids]) => {
      const option = optionOf(line)
      const contradicted = taken.has(option)
      taken.add(option)
      const asked = [...new Set(ids)].toSorted().join(', ')
      return contradicted
        ? [`# contradicts the line above: ${asked} asks for ${line.replace(/^# /, '')}`]
        : [`# ${asked}`, line]
    })
    .map((line) => `${line}\n`)
    .join('')
}
